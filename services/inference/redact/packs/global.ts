import { isIPv6 } from 'node:net';
import { refuseCardForm } from '../checks/card-form.ts';
import { refuseCard } from '../checks/cards.ts';
import { emailLength } from '../checks/email.ts';
import { endsWith } from '../rules/ends-with.ts';
import { FEATURE, SEP, USUAL_SEPARATORS } from '../rules/features.ts';
import type { DigitRule, LabelRule, RulePack, TokenRule } from '../rules/rule.ts';
import { birthDateValue, isWrittenBirthDate } from './birth-date.ts';

/** Someone's own address; `git@host:path` and `package@1.2.3` are none. */
const email: TokenRule = {
  kind: 'token',
  id: 'global.email',
  label: 'EMAIL',
  finds: 'E-mail addresses, with plus tags, international domains and full-width signs.',
  isProven: true,
  why: 'a local part, an @ and a domain under a top-level domain that exists',
  examples: {
    found: ['bob.smith+news@mail.example.com', '联系zhang_san@163.com谢谢', 'ｂｏｂ＠example.com', 'info@bücher.de'],
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

const CARD_LABEL = endsWith(
  /(?:card|visa|master ?card|amex|credit|debit|pan|卡号|信用卡|银行卡|储蓄卡|借记卡|卡)\W{0,4}(?:no|number|num|号|号码|是|为|is)?\W{0,6}$/i,
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
  separators: USUAL_SEPARATORS | SEP.dot,
  refuse(candidate) {
    const { digits, groups, before } = candidate;
    const refusal = refuseCard(digits);
    if (refusal !== undefined) return refusal;
    if (CARD_LABEL.test(before())) return undefined;
    // One in ten numbers passes the check digit, so lengths and beginnings that other numbers have need grouping or a label.
    if (digits.length < 15 && groups.length === 1) return 'too short to be believed without a label';
    if (/^2[2-7]/.test(digits) && groups.length === 1 && looksLikeDated(digits)) return 'begins like a date';
    return refuseCardForm(candidate);
  },
};

/** `yyMMdd…`, which order numbers begin with. */
const looksLikeDated = (digits: string): boolean => {
  const [month, day] = [Number(digits.slice(2, 4)), Number(digits.slice(4, 6))];
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
};

const VERSION_BEFORE = endsWith(
  /(?:\bv|\bver\.?|version|versions|release|released|build|firmware|kernel|driver|sdk|api|upgrad\w*(?: \w+)? to|update\w*(?: \w+)? to|版本|版本号|固件|升级到|升级至|更新到|更新至|内核|驱动|oid|section|sec\.|chapter|clause|article|figure|fig\.|table|step|appendix|§|第|条款|章节|node(?:\.?js)?|python|java|openssl|nginx|chrome|firefox|safari|android|ios|windows|office|edge)(?:号)?["'`)]{0,2}\s?[:：=]?\s{0,2}["'`(（vV]{0,2}$/i,
);
const VERSION_AFTER =
  /^\s?(?:版本|版|节|章|条|-(?:alpha|beta|rc|snapshot|release|dev|pre|stable|lts|\d)|\.tar|\.zip|\.jar|\.whl|\.rpm|\.deb|\.exe|\.dmg)/i;
/** Nobody's address: this machine, any machine, masks. */
const NOBODYS_IPV4 = /^(?:127\.|0\.0\.0\.0$|255\.)/;

const ipv4: TokenRule = {
  kind: 'token',
  id: 'global.ipv4',
  label: 'IP',
  finds: 'IPv4 addresses, with a port or a prefix length after them too.',
  why: 'four numbers up to 255, where no version or section is named',
  examples: {
    found: ['203.0.113.7', 'http://192.168.1.20:8080/x', '地址是10.1.2.3。'],
    left: ['version 1.2.3.4', 'v1.2.3.4', '1.2.3.4.5', '127.0.0.1', '第3.1.2.4节', 'app-1.2.3.4.tar.gz'],
  },
  needs: FEATURE.digit | FEATURE.dot,
  minLength: 7,
  pattern:
    /(?<![\p{L}\p{N}.]|[\p{L}\p{N}][_-])(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?![\p{L}\p{N}]|[._][\p{L}\p{N}])/gu,
  refuse({ text, run, start, before }) {
    if (NOBODYS_IPV4.test(text)) return 'the address of any machine';
    const context = before();
    if (VERSION_BEFORE.test(context)) return 'a version or a section';
    if (
      context.endsWith('/') &&
      /[A-Za-z]\/$/.test(context.slice(-2)) &&
      !/:\/\/[^/]*\/$/.test(context) &&
      !/(?:ip|addr|host|inet)\/$/i.test(context)
    )
      return 'the version of a product';
    if (VERSION_AFTER.test(run.slice(start + text.length, start + text.length + 10))) return 'a version';
    return undefined;
  },
};

const HEX_PAIRS = /^(?:[0-9a-f]{2}:)+[0-9a-f]{2}$/i;

const ipv6: TokenRule = {
  kind: 'token',
  id: 'global.ipv6',
  label: 'IP',
  finds: 'IPv6 addresses, shortened or with an IPv4 tail.',
  why: 'the form of RFC 4291, with digits in it',
  examples: {
    found: ['2001:db8::8a2e:370:7334', 'fe80::1ff:fe23:4567:890a'],
    left: ['std::vector', '12:30:45', '::1', 'a::b', 'Foo::Bar::baz'],
  },
  needs: FEATURE.colon,
  minLength: 6,
  pattern:
    /(?<![\p{L}\p{N}.]|[0-9A-Fa-f:：][:：]|[\p{L}\p{N}][_-])[0-9A-Fa-f]{0,4}[:：][0-9A-Fa-f:：]{1,39}(?:[0-9A-Fa-f]|[:：]{2})(?:\.\d{1,3}){0,3}(?![\p{L}\p{N}]|[:：_][\p{L}\p{N}])/gu,
  refuse({ text }) {
    const narrow = text.replace(/：/g, ':');
    const trimmed = narrow.endsWith(':') && !narrow.endsWith('::') ? narrow.slice(0, -1) : narrow;
    if (!isIPv6(trimmed)) return 'not the form of an IPv6 address';
    if (/^[0:]*1?$/.test(trimmed)) return 'the address of any machine';
    if (HEX_PAIRS.test(trimmed)) return 'pairs of hexadecimal digits';
    if (!/\d/.test(trimmed)) return 'no digit in it';
    if (!/[0-9A-Fa-f]{3}|[A-Fa-f]/.test(trimmed) || trimmed.replace(/[:.]/g, '').length < 4)
      return 'too short to be told from code';
    return trimmed.length === text.length ? undefined : { keep: trimmed.length };
  },
};

const mac: TokenRule = {
  kind: 'token',
  id: 'global.mac',
  label: 'MAC',
  finds: 'Hardware addresses of network cards.',
  why: 'six pairs of hexadecimal digits with one separator',
  examples: {
    found: ['3c:22:fb:9a:10:4e', '3C-22-FB-9A-10-4E', '3c22.fb9a.104e'],
    left: ['12:30:45', '3c:22:fb:9a:10:4e:11:22', 'ff:ff:ff:ff:ff:ff'],
  },
  needs: 0,
  needsOne: FEATURE.colon | FEATURE.dash | FEATURE.dot,
  minLength: 14,
  pattern:
    /(?<![A-Za-z0-9]|[A-Za-z0-9]_|[0-9A-Fa-f][:：.-])(?:[0-9A-Fa-f]{2}(?:[:：][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![A-Za-z0-9]|[:：._-][A-Za-z0-9])/g,
  refuse({ text }) {
    const hex = text.replace(/[:：.-]/g, '').toLowerCase();
    if (/^(?:0{12}|f{12})$/.test(hex)) return 'the address of every card, or of none';
    if (text.includes('.') && /^\d+$/.test(hex)) return 'groups of plain digits';
    return undefined;
  },
};

const PLACEHOLDER_CREDENTIAL =
  /^(?:\$\{?\w*\}?|<[^>]*>?|\{\{?\w*\}?\}?|x+|\*+|\.+|user(?:name)?:(?:pass(?:word)?|pwd)|%\w+%?)$/i;

const urlCredentials: TokenRule = {
  kind: 'token',
  id: 'global.url-credentials',
  label: 'CREDENTIALS',
  finds: 'User names and passwords in URLs; the rest of the URL stays.',
  isProven: true,
  why: 'a scheme, a name, a colon and a password before the @ of a host',
  examples: {
    found: ['postgres://app:s3cr3t@db.example.com:5432/app', 'https://bob:pw@example.com/'],
    left: ['https://example.com/@bob', 'https://example.com:8443/a:b'],
  },
  needs: FEATURE.at | FEATURE.colon | FEATURE.slash,
  minLength: 10,
  pattern: /(?<=(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{0,30}):\/\/(?<value>[^\s/?#@:]{0,128}:[^\s/?#]{1,512})@/g,
  refuse: ({ text }) => (PLACEHOLDER_CREDENTIAL.test(text) ? 'a placeholder' : undefined),
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
  value: birthDateValue,
  refuse: (value) => (isWrittenBirthDate(value) ? undefined : 'no date of birth'),
  partial: () => '',
};

/** What is private everywhere. */
export const globalPack: RulePack = {
  id: 'global',
  title: 'E-mail addresses, payment cards, network addresses, credentials in URLs, dates of birth',
  rules: [urlCredentials, email, card, ipv6, ipv4, mac, birthDate],
};
