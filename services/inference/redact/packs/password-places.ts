import { endsWith } from '../rules/ends-with.ts';
import { FEATURE } from '../rules/features.ts';
import type { LabelRule, TokenRule } from '../rules/rule.ts';
import { classesOf, isPlaceholder, NO_VALUE, valueAfterGap } from './label-values.ts';
import { argument, SECRET_NAME } from './password-arguments.ts';
import {
  answeredPassword,
  letterPassword,
  pgpass,
  placedPassword,
  protocolPassword,
  saltKeys,
} from './password-programs.ts';

const PLAIN = '[^\\s"\'`,;&<>，。；、！？（）()\\u3000-\\uffef]{1,256}';

/** A name of something secret, and the sign of the value of the same entry. */
const NAMED_BEFORE = endsWith(
  new RegExp(
    `(?:^|["'>\\s:=])${SECRET_NAME}["']?(?:\\s{0,3}(?:,|\\n|/?>)?\\s{0,8}(?:[a-z]{1,12}="[\\w -]{0,24}"\\s{1,3}){0,2}["']?value["']?|\\s{0,2}[?!]?:\\s?&?(?:'static\\s)?(?:string|str)|\\s?\\{\\s{0,8}(?:[a-z]{1,12}\\s?=\\s?\\S{1,24}\\s{1,8}){0,3}default)\\s{0,2}[:=]$|(?:<(?:key>${SECRET_NAME}</key|${SECRET_NAME})|\\bname="${SECRET_NAME}"[^>\\n]{0,40})>\\s{0,8}<(?:value|string)>$`,
    'i',
  ),
);

const attribute: LabelRule = {
  kind: 'label',
  id: 'secrets.password-value',
  label: 'PASSWORD',
  finds:
    'Passwords and keys in an entry of a name and a value: `<add key="DbPassword" value="…">`, `name: DB_PASSWORD, value: …`.',
  why: 'a value beside a name that says password, secret, key or token',
  examples: {
    found: ['<add key="DbPassword" value="Xk29sLq0pZ" />', '{"name": "DB_PASSWORD", "value": "Xk29sLq0pZ"}'],
    left: ['<add key="Timeout" value="Xk29sLq0pZ" />', '- name: PASSWORD_MIN_LENGTH\n  value: 12'],
  },
  labels: ['value', 'string', 'str', 'default'],
  bareLabels: [],
  stop: /["\n<]/,
  maxLength: 300,
  value: valueAfterGap(PLAIN),
  refuse(value, _after, before) {
    if (!NAMED_BEFORE.test(before)) return 'no name of a secret beside it';
    if (isPlaceholder(value) || value.length < 4) return NO_VALUE;
    return undefined;
  },
  partial: () => '',
};

const OTP = /otp["'`*\s)]{0,3}[:=]$/i;
/** Digits for a PIN, else letters with digits or signs: short words for passwords are words of sentences too. */
const refuseShort = (value: string, after: string, before: string): string | undefined => {
  if (isPlaceholder(value)) return NO_VALUE;
  if (/(?:---|===|\[)\s?PASS\s?:$/.test(before)) return 'the result of a test';
  if (/(?<![a-z])pw\s?[:=]$/i.test(before) && /^[a-z]{4,32}$/i.test(value) && /^\s*$/.test(after)) return undefined;
  const isPin = /(?:pin|code)["'`*\s)]{0,3}[:=]$/i.test(before);
  if (/^\d{4,8}$/.test(value)) return isPin || OTP.test(before) ? undefined : 'a number';
  if (isPin) return 'no number';
  const isShort = value.length < (/(?<![a-z])pw["'`]?\s?[:=]$/i.test(before) ? 3 : 6);
  if (isShort || /^\d+[a-z]{1,2}$/i.test(value) || /^\d+(?:\.\d+)*$/.test(value)) return 'a number or too short';
  if (/(?<![a-z])(?:ak|sk)["'`*\s]{0,3}[:：=]$/i.test(before) && value.length < 16) return 'too short for a key';
  return classesOf(value) >= 2 && !/^[A-Z]?[a-z]+$/.test(value) && !/^[./~\w-]*\/[\w./-]*$/.test(value)
    ? undefined
    : 'a word of a sentence';
};

const short: LabelRule = {
  kind: 'label',
  id: 'secrets.password-short',
  label: 'PASSWORD',
  finds: 'Passwords, PINs and keys after a short word for them: `pass: …`, `pw=…`, `psk="…"`, `PIN: …`, `AK：…`.',
  why: 'letters with digits or signs, or the digits of a PIN, after a short word and a sign',
  examples: {
    found: ['pass: k3ep-0ut!', 'psk="homeNet88"', 'PIN: 4829'],
    left: ['pass: 3 fail: 0', 'pin: 4.7.0', 'pass: beautiful', 'SK: sketch'],
  },
  labels: ['pass', 'pw', 'psk', 'pin', 'pin code', 'pincode', 'ak', 'sk', 'wpa_passphrase', 'otp', 'auth_pass'],
  bareLabels: [],
  stop: /\n/,
  maxLength: 120,
  value: valueAfterGap(PLAIN),
  refuse: refuseShort,
  partial: () => '',
};

/** Commands that take a password in a short option. */
const CLIENT_BEFORE = endsWith(
  /(?:(?:mongo\w*|cqlsh|docker|podman|helm|crane|skopeo|smbclient|sqlplus|kinit|az|oc|nexus)\b(?=[^\n;|]{0,80}(?:login|mongo|-u|--username))[^\n;|]{1,80}\s-p|redis-cli\b[^\n;|]{0,60}\s(?:-a|auth)|sshpass\s-p|ldap\w{3,10}\b[^\n;|]{0,80}\s-w|useradd\b[^\n;|]{0,60}\s-p|openssl\s\w[^\n;|]{0,60}\s-k|\bcf login[^\n;|]{0,60}\s-p)$/i,
);

const shortOption: LabelRule = {
  kind: 'label',
  id: 'secrets.password-short-option',
  label: 'PASSWORD',
  finds: 'Passwords in short options of clients: `docker login -u bob -p …`, `redis-cli -a …`.',
  why: 'a value after an option of a program that takes a password there',
  examples: {
    found: ['docker login -u bob -p Xk29sLq0pZ registry.example.com', 'redis-cli -a Xk29sLq0pZ ping'],
    left: ['docker run -p 8080:80 nginx', 'mkdir -p src/main', 'ls -a src'],
  },
  labels: [],
  bareLabels: ['-p', '-a', '-k', '-w', 'auth'],
  stop: /\n/,
  maxLength: 80,
  enough: /[ \t]{1,2}(?:"[^"\n]{0,78}"|'[^'\n]{0,78}'|[^\s"'][^\s"'`]{0,76}[\s"'`])/y,
  value: /[ \t]{1,2}(?:"(?<quoted>[^"\n]{4,70})"|'(?<quoted>[^'\n]{4,70})'|["']?(?<value>[^\s"'`-][^\s"'`]{3,70}))/y,
  refuse(value, _after, before) {
    if (!CLIENT_BEFORE.test(before)) return 'no program that takes a password here';
    return isPlaceholder(value) || /^\d+:\d+$/.test(value) ? NO_VALUE : undefined;
  },
  partial: () => '',
};

const identifiedBy: LabelRule = {
  kind: 'label',
  id: 'secrets.password-sql',
  label: 'PASSWORD',
  finds: "Passwords of SQL users: `IDENTIFIED BY '…'`, `WITH PASSWORD '…'`.",
  why: 'a quoted value after the words of a statement that sets a password',
  examples: {
    found: ["CREATE USER app IDENTIFIED BY 'Xk29sLq0pZ';", "ALTER USER app WITH PASSWORD 'Xk29sLq0pZ';"],
    left: ["ORDER BY 'name'", "IDENTIFIED BY ''"],
  },
  labels: [],
  bareLabels: ['by', 'password', 'as'],
  stop: /\n/,
  maxLength: 80,
  enough: /[ \t]{0,2}(?:[^\s"'][\w#$]{0,60}[^\w#$]|["'](?:[^"'\n]{0,70}["']|[^"'\n]{71}))/y,
  value: /[ \t]{0,2}(?:["'](?<value>[^\n"']{4,64})["']|(?<value>[A-Za-z][\w#$]{3,60})(?=[;\s]|$))/y,
  refuse(value, after, before) {
    const isStatement =
      /(?:identified (?:with \S{1,40} )?(?:by|as)|(?:with|set|user|role|login|superuser|encrypted|=)\s{1,2}password|\(\s?user '[^']{1,40}', password)$/i;
    if (!isStatement.test(before)) return 'no statement that sets a password';
    const isQuoted = /^["']/.test(after);
    if (!isQuoted && !(/identified by$/i.test(before) && /\d/.test(value))) return 'a word of a statement';
    return isPlaceholder(value) ? NO_VALUE : undefined;
  },
  partial: () => '',
};

const PROSE =
  /\b(?:the|a|an|must|should|is|are|be|to|of|for|and|or|your|that|with|you|can|not|has|have|at|in|it|this|was|please|enter|use)\b/;

const phrase: LabelRule = {
  kind: 'label',
  id: 'secrets.password-phrase',
  label: 'PASSWORD',
  finds: 'Pass phrases and seed phrases of wallets: four or more words after a word for them.',
  why: 'four or more small words, none of them of a sentence, after a word for a phrase',
  examples: {
    found: ['mnemonic: legal winner thank year wave sausage worth useful'],
    left: ['passphrase: must be at least eight characters long'],
  },
  labels: [
    'passphrase',
    'mnemonic',
    'seed phrase',
    'seed_phrase',
    'recovery phrase',
    'secret phrase',
    'backup phrase',
    'seed',
    '助记词',
  ],
  bareLabels: [],
  stop: /\n/,
  maxLength: 300,
  value: /[\s"'`]{0,4}(?<value>(?:[a-z0-9]{2,12} ){3,23}[a-z0-9]{2,12})/y,
  refuse(value, _after, before) {
    if (/^(?:[a-z]{3,8} ){11,23}[a-z]{3,8}$/.test(value)) return undefined;
    return PROSE.test(value) || /seed["'`]?\s?[:=]$/i.test(before) ? 'a sentence' : undefined;
  },
  partial: () => '',
};

const CODE_BEFORE = endsWith(
  /(?:(?:verification|security|one-?time|login|sign-?in|confirmation|authentication|auth|2fa|access|sms)[ -](?:pass)?code(?: number)?|\botp|passcode|(?:backup|recovery|rescue)[ -]codes?|\b(?:pin(?: code)?)(?=\s(?:is|was)|[:：=])|security code|验证码|动态码|校验码|动态口令|一次性密码)(?:\s?(?:is|[:：=]|是|为)){0,2}[\s"'「【*`]{0,4}$/i,
);

const code: TokenRule = {
  kind: 'token',
  id: 'secrets.password-code',
  label: 'PASSWORD',
  finds: 'One-time codes: `Your verification code is …`, `验证码…`.',
  why: 'four to eight digits right after a word for a one-time code',
  examples: {
    found: ['Your verification code is 483921', '【支付宝】验证码483921，请勿泄露'],
    left: ['error code is 500123', '验证码60秒后过期', 'area code 415000'],
  },
  mention: /code|otp|pin|验证码|动态码|校验码|口令|密码/i,
  needs: FEATURE.digit,
  minLength: 4,
  pattern: /(?<![A-Za-z0-9.-])(?:\d{4,8}|\d{3}-\d{3})(?![A-Za-z0-9]|[.-]\d)/g,
  refuse: ({ before }) => (CODE_BEFORE.test(before()) ? undefined : 'no word for a code right before it'),
  partial: () => '',
};

/** Passwords that their place gives away rather than a word and a sign. */
export const placedPasswordRules: readonly (LabelRule | TokenRule)[] = [
  attribute,
  phrase,
  short,
  shortOption,
  identifiedBy,
  argument,
  placedPassword,
  code,
  letterPassword,
  protocolPassword,
  answeredPassword,
  saltKeys,
  pgpass,
];
