import { ibanCheck, luhnCheck } from '../checksums.ts';
import { ALNUM, drawUntil, HEX, LOWER, type Random, UPPER } from '../random.ts';
import type { Maker } from '../types.ts';

const grouped = (text: string, size: number, separator: string): string =>
  text.match(new RegExp(`.{1,${size}}`, 'g'))?.join(separator) ?? text;

/** How the account part of an IBAN looks: n digits, a letters, c either. */
const IBANS: Readonly<Record<string, string>> = {
  DE: '18n',
  FR: '10n11c2n',
  GB: '4a14n',
  NL: '4a10n',
  ES: '20n',
  IT: '1a10n12c',
  CH: '5n12c',
  BE: '12n',
  AT: '16n',
  PL: '24n',
  SE: '20n',
  NO: '11n',
  DK: '14n',
  FI: '14n',
  PT: '21n',
  IE: '4a14n',
  LU: '3n13c',
  CZ: '20n',
  GR: '7n16c',
  HU: '24n',
  RO: '4a16c',
  SA: '2n18c',
  AE: '19n',
  TR: '6n16c',
  MT: '4a5n18c',
};

/** An IBAN whose two check digits are right. */
export const iban = (random: Random): string => {
  const country = random.pick(Object.keys(IBANS));
  const account = (IBANS[country] ?? '').replace(/(\d+)([nac])/g, (_, count, kind) =>
    random.chars(Number(count), kind === 'n' ? '0123456789' : kind === 'a' ? UPPER : `${UPPER}0123456789`),
  );
  return `${country}${ibanCheck(country, account)}${account}`;
};

const writtenIban = (random: Random): string => {
  const text = grouped(iban(random), 4, random.pick(['', '', ' ', ' ', ' ', '-']));
  return random.chance(0.06) ? text.toLowerCase() : text;
};

const phone = (random: Random): string => {
  const d = (count: number) => random.digits(count);
  const one = () => `${random.int(2, 9)}`;
  return random.pick([
    `+44 20 7${d(3)} ${d(4)}`,
    `+44 7${random.int(4, 9)}${d(2)} ${d(6)}`,
    `+447${random.int(4, 9)}${d(8)}`,
    `+33 ${random.int(1, 6)} ${d(2)} ${d(2)} ${d(2)} ${d(2)}`,
    `+336${d(8)}`,
    `+4915${random.int(1, 7)}${d(8)}`,
    `+49 30 ${one()}${d(7)}`,
    `+49 (0)89 ${one()}${d(6)}`,
    `+34 6${d(2)} ${d(3)} ${d(3)}`,
    `+39 3${d(2)} ${d(3)} ${d(4)}`,
    `+31 6 ${one()}${d(7)}`,
    `+41 79 ${d(3)} ${d(2)} ${d(2)}`,
    `+46 70 ${d(3)} ${d(2)} ${d(2)}`,
    `+48 ${random.int(5, 8)}${d(2)} ${d(3)} ${d(3)}`,
    `+65 9${d(3)} ${d(4)}`,
    `+852 9${d(3)} ${d(4)}`,
    `+81 90-${one()}${d(3)}-${d(4)}`,
    `+82-10-${one()}${d(3)}-${d(4)}`,
    `+91 9${d(4)} ${d(5)}`,
    `+61 4${d(2)} ${d(3)} ${d(3)}`,
    `+7 9${d(2)} ${d(3)}-${d(2)}-${d(2)}`,
    `+55 11 9${d(4)}-${d(4)}`,
    `0044 20 7${d(3)} ${d(4)}`,
    `0049-30-${one()}${d(7)}`,
  ]);
};

const FIRST = [
  'zhang.san',
  'li-na',
  'wangwei',
  'john.smith',
  'mary_jones',
  'j.doe',
  'chen.xiaoming',
  'a.muller',
  'sofia',
  'kevin99',
  'lucy.liu',
  'ops-oncall',
  'm',
  'x.y.z',
  'no.reply.wang',
  '13812345',
  'tom',
];
const HOSTS = [
  'example.com',
  'corp-mail.cn',
  'qq.com',
  '163.com',
  'gmail.com',
  'mail.hospital.org',
  'bank.co.uk',
  'dept.univ.edu.cn',
  'firma.de',
  'startup.io',
  'my-company.technology',
  'outlook.com',
  'a.b.c.example.org',
];

const email = (random: Random): string => {
  const form = random.int(0, 19);
  const name = `${random.pick(FIRST)}${random.chance(0.4) ? random.digits(random.int(1, 4)) : ''}`;
  const host = random.pick(HOSTS);
  if (form < 3) return `${name}+${random.pick(['news', 'shop', 'tag1', 'x.y'])}@${host}`;
  if (form === 3) return `${random.pick(['josé', 'müller', 'zoë.k', 'françois'])}@${host}`;
  if (form === 4)
    return `${name}@${random.pick(['exämple.de', 'bücher.example', '例子.公司', '邮箱.中国', 'пример.рф'])}`;
  if (form === 5) return `${random.pick(['张三', '客服', '李娜'])}@${random.pick(['例子.公司', '邮箱.中国'])}`;
  if (form === 6) return `${name}@xn--fsqu00a.xn--55qx5d`;
  if (form === 7) return `${name}@${host}`.toUpperCase();
  if (form === 8) return `${random.pick(["o'brien", 'a_b-c', 'first.middle.last', 'x%y'])}@${host}`;
  return `${name}@${host}`;
};

/** A card number of a known brand that passes Luhn. */
export const cardNumber = (random: Random): string => {
  const [start, length] = random.pick([
    ['4', 16],
    ['4', 16],
    [`4${random.digits(3)}`, 16],
    [`5${random.int(1, 5)}`, 16],
    [`5${random.int(1, 5)}`, 16],
    [`2${random.int(221, 720)}`, 16],
    [random.pick(['34', '37']), 15],
    ['6011', 16],
    [`65${random.digits(1)}`, 16],
    [`35${random.int(28, 89)}`, 16],
    [random.pick(['36', '38', '300', '305']), 14],
  ] as const);
  const body = `${start}${random.digits(length - 1 - start.length)}`;
  return `${body}${luhnCheck(body)}`;
};

const writtenCard = (random: Random): string => {
  const digits = cardNumber(random);
  const separator = random.pick(['', '', ' ', ' ', '-']);
  if (digits.length === 16) return grouped(digits, 4, separator);
  return [digits.slice(0, 4), digits.slice(4, 10), digits.slice(10)].join(separator);
};

/** Public and private addresses that no text means otherwise; 0.0.0.0, loopback and masks are left out. */
export const ipv4 = (random: Random): string =>
  random.pick([
    `10.${random.int(0, 255)}.${random.int(0, 255)}.${random.int(2, 254)}`,
    `192.168.${random.int(0, 255)}.${random.int(2, 254)}`,
    `172.${random.int(16, 31)}.${random.int(0, 255)}.${random.int(2, 254)}`,
    `${random.int(20, 99)}.${random.int(0, 255)}.${random.int(0, 255)}.${random.int(2, 254)}`,
    `${random.int(128, 223)}.${random.int(0, 255)}.${random.int(0, 255)}.${random.int(2, 254)}`,
  ]);

const ipv6 = (random: Random): string => {
  const group = () => random.chars(random.int(1, 4), HEX);
  const full = () => random.chars(4, HEX);
  const start = random.pick(['2001:db8', '2400:3200', '2408:4002', '240e:390', 'fd12:3456', '2a02:26f0', '2606:4700']);
  const text = random.pick([
    `${start}:${full()}:${full()}:${full()}:${full()}:${full()}:${full()}`,
    `${start}:${group()}:${group()}:${group()}:${group()}:${group()}:${group()}`,
    `${start}::${group()}`,
    `${start}:${group()}::${group()}`,
    `${start}:${group()}::${group()}:${group()}`,
    `${start}::${group()}:${group()}:${group()}`,
    `fe80::${full()}:${full()}:${full()}:${full()}`,
    `fe80::${group()}:${group()}`,
  ]);
  return random.chance(0.15) ? text.toUpperCase() : text;
};

const mac = (random: Random): string => {
  const pairs = Array.from({ length: 6 }, () => random.chars(2, HEX));
  const text =
    random.chance(0.15) && /[a-f]/.test(pairs.join(''))
      ? grouped(pairs.join(''), 4, '.')
      : pairs.join(random.pick([':', ':', ':', '-']));
  return random.chance(0.4) ? text.toUpperCase() : text;
};

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const birthDate = (random: Random): string => {
  const [year, month, day] = [random.int(1935, 2018), random.int(1, 12), random.int(1, 28)];
  const [mm, dd, name] = [`${month}`.padStart(2, '0'), `${day}`.padStart(2, '0'), MONTHS[month - 1] ?? 'May'];
  return random.pick([
    `${year}-${mm}-${dd}`,
    `${year}-${mm}-${dd}`,
    `${year}/${month}/${day}`,
    `${year}年${month}月${day}日`,
    `${year}年${month}月${day}日`,
    `${year}.${mm}.${dd}`,
    `${mm}/${dd}/${year}`,
    `${dd}/${mm}/${year}`,
    `${name} ${day}, ${year}`,
    `${day} ${name} ${year}`,
    `${name.slice(0, 3)} ${day}, ${year}`,
    `${year}${mm}${dd}`,
  ]);
};

/** A host for texts that need one. */
export const hostName = (random: Random): string =>
  `${random.pick(['db', 'cache', 'git', 'repo', 'mq', 'api'])}${random.chance(0.5) ? random.int(1, 9) : ''}.${random.pick(['example.com', 'internal.example', 'corp.example.cn'])}`;

/** A password of letters, digits and signs that needs no quotes anywhere. */
export const password = (random: Random): string =>
  drawUntil(
    () => random.chars(random.int(8, 20), random.chance(0.6) ? `${ALNUM}!_*^%-+.~` : ALNUM),
    (text) => /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text) && /^[A-Za-z0-9].*[A-Za-z0-9]$/.test(text),
  );

/** A password as people choose them. */
export const humanPassword = (random: Random): string =>
  random.pick([
    `${random.pick(['Spring', 'Summer', 'Winter', 'Dragon', 'Beijing', 'Qwerty', 'Welcome'])}${random.int(2015, 2026)}${random.pick(['!', '!!', '#', '@', '$'])}`,
    `${random.chars(3, LOWER)}${random.digits(6)}`,
    `P@ssw0rd${random.digits(2)}`,
    `${random.pick(['woaini', 'admin', 'root', 'mima', 'abc'])}${random.digits(4)}`,
    `${random.pick(['correct', 'purple', 'silent', 'golden'])}-${random.pick(['horse', 'river', 'cactus'])}-${random.digits(2)}-${random.pick(['battery', 'lamp', 'tiger'])}`,
  ]);

const NUMBER_DISGUISES = ['full-width', 'zero-width', 'exotic-dash', 'exotic-space', 'line-break'] as const;
const BOTH = ['zh', 'en'] as const;

export const GLOBAL_MAKERS: readonly Maker[] = [
  {
    type: 'eu.iban',
    languages: ['en', 'en', 'zh'],
    make: writtenIban,
    disguises: ['full-width', 'zero-width', 'exotic-space', 'line-break'],
    labels: {
      zh: ['IBAN', '国际银行账号', '收款人IBAN', '境外账号'],
      en: ['IBAN', 'account', 'Bank account (IBAN)', 'beneficiary IBAN', 'pay to'],
    },
    keys: ['iban', 'account_iban', 'beneficiaryIban', 'creditor_account'],
  },
  {
    type: 'eu.phone',
    languages: ['en', 'en', 'zh'],
    make: phone,
    disguises: ['full-width', 'zero-width', 'exotic-dash', 'exotic-space'],
    labels: {
      zh: ['电话', '海外电话', '境外联系电话', '手机'],
      en: ['phone', 'Tel', 'mobile', 'call', 'Telefon', 'WhatsApp'],
    },
    keys: ['phone', 'mobile', 'tel', 'phoneNumber', 'whatsapp'],
  },
  {
    type: 'global.email',
    languages: BOTH,
    make: email,
    disguises: ['full-width-at', 'full-width-at', 'zero-width'],
    labels: {
      zh: ['邮箱', '电子邮箱', '邮件', '联系邮箱', '电子邮件地址'],
      en: ['email', 'e-mail', 'mail', 'contact', 'From', 'reply to'],
    },
    keys: ['email', 'mail', 'user_email', 'emailAddress', 'to'],
  },
  {
    type: 'global.card',
    languages: ['en', 'en', 'zh'],
    make: writtenCard,
    disguises: NUMBER_DISGUISES,
    labels: {
      zh: ['信用卡号', '信用卡', '卡号', 'Visa卡'],
      en: ['card', 'credit card', 'card number', 'Visa', 'CC', 'PAN'],
    },
    keys: ['card', 'card_number', 'cardNumber', 'pan', 'cc'],
  },
  {
    type: 'global.ipv4',
    languages: BOTH,
    make: ipv4,
    disguises: ['full-width', 'zero-width'],
    labels: {
      zh: ['IP', 'IP地址', '客户端IP', '登录IP', '来源地址'],
      en: ['IP', 'client IP', 'from', 'host', 'source', 'remote address'],
    },
    keys: ['ip', 'client_ip', 'remote_addr', 'src_ip', 'clientIp', 'host'],
  },
  {
    type: 'global.ipv6',
    languages: BOTH,
    make: ipv6,
    disguises: ['zero-width'],
    labels: {
      zh: ['IPv6', 'IP地址', 'IPv6地址', '客户端IP'],
      en: ['IPv6', 'address', 'client', 'source', 'remote address'],
    },
    keys: ['ipv6', 'ip', 'remote_addr', 'client_ip'],
  },
  {
    type: 'global.mac',
    languages: BOTH,
    make: mac,
    disguises: ['zero-width', 'exotic-dash'],
    labels: {
      zh: ['MAC', 'MAC地址', '物理地址', '网卡地址'],
      en: ['MAC', 'MAC address', 'hardware address', 'ether', 'BSSID'],
    },
    keys: ['mac', 'mac_addr', 'hwaddr', 'macAddress'],
  },
  {
    type: 'global.birth-date',
    languages: BOTH,
    needsLabel: true,
    make: birthDate,
    disguises: ['full-width', 'zero-width'],
    labels: {
      zh: ['出生日期', '生日', '出生年月日', '出生年月', '出生'],
      en: ['DOB', 'date of birth', 'Birth date', 'birthday', 'D.O.B.', 'Born'],
    },
    keys: ['dob', 'date_of_birth', 'birthday', 'birthDate', 'birth_date'],
  },
];
