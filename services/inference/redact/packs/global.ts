import { refuseCardForm } from '../checks/card-form.ts';
import { refuseCard } from '../checks/cards.ts';
import { emailLength } from '../checks/email.ts';
import { endsWith } from '../rules/ends-with.ts';
import { FEATURE, SEP, USUAL_SEPARATORS } from '../rules/features.ts';
import type { DigitRule, LabelRule, RulePack, TokenRule } from '../rules/rule.ts';
import { birthDateValue, enoughForBirthDate, isWrittenBirthDate } from './birth-date.ts';
import { emailSpelled } from './email-spelled.ts';
import { ipv4, ipv6, mac, macNamed } from './network.ts';

/** Someone's own address; `git@host:path` and `package@1.2.3` are none. */
const email: TokenRule = {
  kind: 'token',
  id: 'global.email',
  label: 'EMAIL',
  finds: 'E-mail addresses, with plus tags, international domains and full-width signs.',
  isProven: true,
  why: 'a local part, an @ and a domain under a top-level domain that exists',
  examples: {
    found: [
      'bob.smith+news@mail.example.com',
      '联系zhang_san@163.com谢谢',
      'ｂｏｂ＠example.com',
      'info@bücher.de',
      '抄送 李娜@邮箱.中国',
    ],
    left: ['git@github.com:acme/app.git', 'lodash@4.17.21', 'icon@2x.png', '@someone said so'],
  },
  needs: FEATURE.at,
  minLength: 5,
  pattern: /(?<=(?<left>[\p{L}\p{N}_][\p{L}\p{N}._%+'~-]{0,63}))@[\p{L}\p{N}][\p{L}\p{N}.。-]{1,253}/gu,
  refuse({ text, run, start, before }) {
    const length = emailLength(text);
    if (length === 0) return 'no top-level domain has this name';
    const after = run.slice(start + length, start + length + 2);
    if (/^git@/i.test(text) && /^[:/][\w~]/.test(after)) return 'the address of a repository';
    if (/:\/\/[^/]*$/.test(before())) return 'part of an address with credentials';
    return length === text.length ? undefined : { keep: length };
  },
  partial: (value) => value.slice(value.lastIndexOf('@')),
};

/** `bob%40example.com`, as it stands in the query of a URL. */
const emailInUrl: TokenRule = {
  kind: 'token',
  id: 'global.email-in-url',
  label: 'EMAIL',
  finds: 'E-mail addresses with an encoded @ in URLs.',
  isProven: true,
  why: 'a local part, %40 and a domain under a top-level domain that exists',
  examples: { found: ['https://example.com/?to=bob%40mail.example.com&x=1'], left: ['100%40.5', 'a%40b'] },
  needs: FEATURE.digit | FEATURE.dot | FEATURE.percent,
  minLength: 9,
  pattern: /(?<=(?<left>[A-Za-z0-9_](?:%2[Bb]|[A-Za-z0-9._+-]){0,63}))%40[A-Za-z0-9][A-Za-z0-9.-]{1,253}/g,
  refuse({ text }) {
    const length = emailLength(text.replace('%40', '@'));
    return length === 0 ? 'no top-level domain has this name' : { keep: length + 2 };
  },
  partial: () => '',
};

const CARD_LABEL = endsWith(
  /(?:card|visa|master ?card|amex|credit|debit|pan|卡号|信用卡|银行卡|储蓄卡|借记卡|卡)[\W_]{0,4}(?:no|number|num|号|号码|是|为|is)?[\W_]{0,6}$/i,
);

const card: DigitRule = {
  kind: 'digits',
  id: 'global.card',
  label: 'CARD',
  finds: 'Payment card numbers of Visa, Mastercard, American Express, Discover, JCB, Diners, Maestro, Mir and others.',
  isProven: true,
  why: 'the beginning and the length of a card scheme, and the Luhn check digit',
  examples: {
    found: ['4111 1111 1111 1111', '5500-0000-0000-0004', '378282246310005'],
    left: ['4111 1111 1111 1112', 'order no. 4111111111111111', '0.4111111111111111'],
  },
  lengths: [19, 18, 17, 16, 15, 14, 13, 12],
  firsts: '123456789',
  mayBegin: (first, second) =>
    (first === 1 ? second === 8 : first === 9 ? second === 7 : first !== 8 || second === 1) && first !== 7,
  hasLuhn: true,
  separators: USUAL_SEPARATORS | SEP.dot | SEP.slash,
  refuse(candidate) {
    const { digits, groups, before } = candidate;
    const refusal = refuseCard(digits);
    if (refusal !== undefined) return refusal;
    if (CARD_LABEL.test(before())) return undefined;
    // One in ten numbers passes the check digit, so lengths and beginnings that other numbers have need grouping or a label.
    if (digits.length < 14 && groups.length === 1) return 'too short to be believed without a label';
    if (/^2[2-7]/.test(digits) && groups.length === 1 && looksLikeDated(digits)) return 'begins like a date';
    return refuseCardForm(candidate);
  },
};

/** `yyMMdd…`, which order numbers begin with. */
const looksLikeDated = (digits: string): boolean => {
  const [month, day] = [Number(digits.slice(2, 4)), Number(digits.slice(4, 6))];
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
};

const PLACEHOLDER_CREDENTIAL =
  /^(?:\$\{?\w*\}?(?::\$\{?\w+\}?)?|<[^>]*>?|\{\{?\w*\}?\}?|x+|\*+|\.+|user(?:name)?:(?:pass(?:word)?|pwd)|%\w+%?)$/i;

const urlCredentials: TokenRule = {
  kind: 'token',
  id: 'global.url-credentials',
  label: 'CREDENTIALS',
  finds: 'User names and passwords, or a token, in URLs; the rest of the URL stays.',
  isProven: true,
  why: 'a scheme, a name, a colon and a password before the @ of a host',
  examples: {
    found: ['postgres://app:s3cr3t@db.example.com:5432/app', 'https://bob:pw@example.com/'],
    left: ['https://example.com/@bob', 'https://example.com:8443/a:b'],
  },
  needs: FEATURE.at | FEATURE.colon | FEATURE.slash,
  minLength: 10,
  pattern:
    /(?<=(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{0,30}):\/\/(?<value>[^\s/?#@:]{0,128}:(?!\d{1,5}#)[^\s/?]{1,512}|(?=[A-Za-z_~.-]{0,60}\d)[A-Za-z0-9_~.-]{20,128}|(?<=(?:trojan|hysteria2?|hy2|tuic|ss):\/\/)[A-Za-z0-9_~.%=+-]{3,128})@/g,
  refuse: ({ text }) => (PLACEHOLDER_CREDENTIAL.test(text) ? 'a placeholder' : undefined),
  partial: () => '',
};

/** `app:s3cr3t@tcp(db:3306)/app`: an address of a database as programs in Go write it. */
const dsnCredentials: TokenRule = {
  kind: 'token',
  id: 'global.url-credentials-dsn',
  label: 'CREDENTIALS',
  finds: 'Passwords in addresses of databases without a scheme: `app:s3cr3t@tcp(db:3306)/app`.',
  isProven: true,
  why: 'a name, a colon and a password before the name of a network and a bracket',
  examples: {
    found: ['app:s3cr3t@tcp(db:3306)/app', 'jdbc:oracle:thin:scott/t1ger5@db:1521:XE'],
    left: ['a:b@tcpip', 'app@tcp(db:3306)/app'],
  },
  needs: FEATURE.at | FEATURE.colon,
  minLength: 7,
  pattern:
    /(?<=(?<![A-Za-z0-9])[A-Za-z_][\w.-]{0,31}):(?<value>[!-.0-9;-?A-~]{2,64})@(?:tcp6?|unix)$|(?<=jdbc:oracle:\w{2,6}:[\w$#]{1,30})\/(?<value>[!-.0-?A-~]{2,64})@/g,
  partial: () => '',
};

const birthDate: LabelRule = {
  kind: 'label',
  id: 'global.birth-date',
  label: 'BIRTH_DATE',
  finds: 'Dates of birth after a word that says so.',
  why: 'a date of the calendar after a label of birth',
  heuristic: true,
  examples: {
    found: ['出生日期：1990年3月7日', 'DOB: 03/07/1990', 'born on March 7, 1990', '生于1990-03-07'],
    left: ['created: 1990-03-07', '日期：1990年3月7日'],
  },
  labels: [
    ...['出生日期', '出生年月', '出生年月日', '出生时间', '生日', '出生日', '出生'],
    ...[
      'dob',
      'd.o.b',
      'd.o.b.',
      'birthdate',
      'birth date',
      'birth_date',
      'date of birth',
      'date_of_birth',
      'dateofbirth',
      'birthday',
      'birth day',
      'bday',
      'born',
    ],
  ],
  bareLabels: [
    '出生日期',
    '出生年月',
    '出生年月日',
    '出生于',
    '生于',
    '生日',
    '出生',
    'dob',
    'born',
    'birthday',
    'birthdate',
    'birth',
  ],
  stop: /[\n;；。<>{}[\]]/,
  maxLength: 48,
  enough: enoughForBirthDate,
  value: birthDateValue,
  refuse: (value) => (isWrittenBirthDate(value) ? undefined : 'no date of birth'),
  partial: () => '',
};

/** What is private everywhere. */
export const globalPack: RulePack = {
  id: 'global',
  title: 'E-mail addresses, payment cards, network addresses, credentials in URLs, dates of birth',
  rules: [urlCredentials, dsnCredentials, email, emailInUrl, emailSpelled, card, ipv6, ipv4, mac, macNamed, birthDate],
};
