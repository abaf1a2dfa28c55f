// biome-ignore-all lint/suspicious/noTemplateCurlyInString: look-alikes are code of other languages.
import { endsWith } from '../rules/ends-with.ts';
import type { LabelRule, TokenRule } from '../rules/rule.ts';
import { bearerEncoded, cookieValue, headerLabel, headerSignature } from './headers.ts';
import { classesOf, END_OF_VALUE, isPlaceholder, NO_VALUE, valueAfterGap } from './label-values.ts';
import { bearer, dashedKey, labelledKey, namedKey, prefixedKey } from './labelled-keys.ts';
import { PASSWORD_LABELS } from './password-labels.ts';
import { placedPasswordRules } from './password-places.ts';
import { vendorNamed } from './vendor-named.ts';

/** `=` without spaces, or quotes: something set in a file rather than said in a sentence. */
const isSet = (before: string, raw: string): boolean => /[=>]\s?$/.test(before) || /^["'`]/.test(raw);

/** A value of plain small letters is a word of the sentence unless it stands at the end of its line or is set. */
const refusePassword = (value: string, after: string, before: string): string | undefined => {
  if (isPlaceholder(value) || after.startsWith('(')) return NO_VALUE;
  if (value.length < 3 || (value.length === 3 && !(/\d/.test(value) && classesOf(value) > 1))) return 'too short';
  if (/^[a-z]\w*:$/i.test(value)) return 'the name of the next entry';
  if (/^\d{1,2}(?:[-~]\d{1,2})?$/.test(value) && /^\s?[位个字]/.test(after)) return 'a length';
  if (before.endsWith('>') && /^[a-z]+$/i.test(value) && /^[ \t]+[a-z]/i.test(after)) return 'a word of a sentence';
  if (
    /(?:errors?|messages?|hints?|labels?|placeholders?|titles?|i18n|help)[.[_]{1,2}["']?password["'\]]{0,2}\s?[:=]$/i.test(
      before,
    )
  )
    return 'a text about a password';
  if (IN_CELL.test(before) && classesOf(value) < 2) return 'a word of a sentence';
  if (/["'`]$/.test(after.charAt(0)) || isSet(before, value)) return undefined;
  if (/^[a-z]+$/i.test(value) && /^[ \t]+\S/.test(after)) return 'a word of a sentence';
  if (/^[A-Z]?[a-z]+$/.test(value) && /^[.,;:!?]/.test(after)) return 'a word of a sentence';
  return undefined;
};

const PLAIN = '[^\\s"\'`,;&<>，。；、！？（）()（）\\u3000-\\uffef]{1,256}';

/** Words beside which anything may stand: a value of letters alone is a word. */
const IN_CELL = /<\/[a-z]{1,6}>$/i;

const password: LabelRule = {
  kind: 'label',
  id: 'secrets.password',
  label: 'PASSWORD',
  finds: 'Passwords after a word for password and a sign: `password=…`, JSON, YAML, XML, `密码：…`.',
  why: 'a value, and no placeholder, after a word for password',
  examples: {
    found: [
      'password=hunter2!',
      '"password": "correct horse battery"',
      '密码：Abc@12345',
      'DB_PASSWORD: s3cr3t',
      '<password>tr0ub4dor</password>',
    ],
    left: [
      'password: required',
      'password = os.environ["PW"]',
      'password: ${DB_PASSWORD}',
      'enter your password',
      '密码：错误',
    ],
  },
  labels: PASSWORD_LABELS,
  bareLabels: [],
  stop: END_OF_VALUE,
  maxLength: 300,
  value: valueAfterGap(PLAIN),
  refuse: refusePassword,
  partial: () => '',
  runsOn: /[^\s"'`,;&<>]/,
};

/** Between quotes, spaces too. */
const QUOTED_SAID = '"(?<quoted>[^"\\n]{4,70})"|\'(?<quoted>[^\'\\n]{4,70})\'';
const SAID = '(?<value>[!-~]{4,64}?)(?=[.,;?]?(?:$|[\\s"\'`」”】，。；、！？（）\\u3400-\\u9fff]))';

/** What passwords are kept with. */
const METHOD = /^(?:sha|md|aes|rsa|des|base|utf|http|ipv|oauth|wpa|wep|wifi|win|pbkdf|scrypt|argon|bcrypt)[-_]?\d*$/i;

const passwordSaid: LabelRule = {
  kind: 'label',
  id: 'secrets.password-said',
  label: 'PASSWORD',
  finds: 'Passwords in a sentence: `my password is …`, `密码是…`.',
  why: 'a value with letters and digits or signs after a word for password',
  heuristic: true,
  examples: {
    found: ['my password is hunter2', '密码是Abc12345'],
    left: ['the password is required', '密码是什么', 'password policy v2'],
  },
  labels: [],
  bareLabels: [
    '密码',
    '口令',
    'password',
    'passwd',
    'pwd',
    'passphrase',
    'passcode',
    'pw',
    'pass',
    "password's",
    'password?',
    'passwort',
    'kennwort',
  ],
  stop: /[\n，。；]/,
  maxLength: 80,
  value: new RegExp(
    `(?:\\sis generated for\\s\\S{1,40}:\\s|\\s(?:was|is|has been)\\s(?:re)?set to[:\\s]\\s{0,2}|\\s{1,2}(?:is|was|ist|lautet|est|es)(?: now)?[:\\s]\\s{0,2}|\\s(?:re)?set to[:\\s]\\s{0,2}|\\sto\\s(?=["'])|\\sfor (?:key|user|account) \\S{1,40}:\\s|\\s{0,2}[「『]|\\s(?:for|of|to|on)\\s(?:the\\s)?[^\\s:=]{1,40}\\s?[:=]\\s{0,2}|\\s(?:for|of|to|on)\\s[^\\n:=.]{1,40}?\\s(?:is|was)\\s|\\s(?:I|we|you)\\s[^\\n:=.]{1,30}?\\s(?:is|was)\\s|\\s{0,2}(?:→|->|=>)\\s{0,2}|\\s-{1,2}\\s|\\s{0,2}[（(][^（()）\\n]{1,12}[)）]\\s?[:：=]\\s{0,2}|\\s{0,2}【|(?:给你|发你|已|被|又|都|先|统一|现在|目前|就|暂时){0,2}\\s{0,2}(?:是|为|改为|改成|改成了|改了|换成|换成了|设为|设成|设成了|设置为|设置成|设置成了|设定为|重置为|重置成|用的是)[:：\\s]{0,2})(?:${QUOTED_SAID}|["'\`「“【]?${SAID})`,
    'y',
  ),
  refuse(value, _after, before) {
    if (isPlaceholder(value)) return NO_VALUE;
    if (/^\d{4,}$/.test(value) || (/[A-Za-z]/.test(value) && /\d|[^A-Za-z0-9.,'-]/.test(value))) return undefined;
    // A word of another alphabet in a Chinese sentence about a password is the password.
    return /[\u4e00-\u9fff]$/.test(before) ? undefined : 'a word of a sentence';
  },
  partial: () => '',
};

/** `账号 ann 密码 …`: a word after it is the password. */
const ACCOUNT_BEFORE = endsWith(
  /(?:账号|帐号|账户|用户名|用户)\s?[:：]?\s?[\w.@-]{1,40}[\s，,/]{1,3}(?:登录)?(?:密码|口令)$/i,
);

/** `machine … login … password …`: a file of logins. */
const NETRC_BEFORE = endsWith(
  /(?:machine\s\S{1,60}|default)\s{1,6}login\s\S{1,40}\s{1,6}(?:account\s\S{1,30}\s{1,6})?password$/,
);

const passwordBeside: LabelRule = {
  kind: 'label',
  id: 'secrets.password-beside',
  label: 'PASSWORD',
  finds: 'Passwords right beside the word for them: `账号admin密码abc123`, `login bob password e_u83!9E8p`.',
  why: 'six or more letters and digits, or digits, right after a word for password',
  heuristic: true,
  examples: { found: ['账号admin密码abc123', '初始密码 888888'], left: ['密码SHA256加密', '密码8位', '密码policy'] },
  labels: [],
  bareLabels: ['密码', '口令', 'password', 'passwd', 'pw'],
  stop: /[\n，。；]/,
  maxLength: 80,
  enough: /\s*(?:[^A-Za-z0-9\s]|[A-Za-z0-9][!-~]*[^!-~])/y,
  value: new RegExp(`\\s{0,2}(?=[A-Za-z0-9])${SAID}`, 'y'),
  refuse(value, _after, before) {
    if (value.includes(',')) return 'a row of values';
    if (NETRC_BEFORE.test(before)) return isPlaceholder(value) ? 'a placeholder' : undefined;
    if (/[a-z]$/i.test(before))
      return classesOf(value) >= 3 && !isPlaceholder(value) ? undefined : 'a word of a sentence';
    if (/^(?=.*\d)(?=.*[!@#$%^&*])\S{4,5}$/.test(value)) return undefined;
    if (value.length < 6 || METHOD.test(value)) return 'a word of a sentence';
    if (ACCOUNT_BEFORE.test(before) && /^[a-z]+$/.test(value) && !isPlaceholder(value)) return undefined;
    return /^\d+$/.test(value) || (/\d/.test(value) && /[A-Za-z]/.test(value)) ? undefined : 'a word of a sentence';
  },
  partial: () => '',
};

const passwordOption: LabelRule = {
  kind: 'label',
  id: 'secrets.password-option',
  label: 'PASSWORD',
  finds: 'Passwords and keys as options of a command: `--password …`.',
  why: 'a value after an option for a password or a key',
  examples: { found: ['mysql --password s3cr3t-db -h db'], left: ['--password --verbose', '--password $DB_PASSWORD'] },
  labels: [],
  bareLabels: [
    ...['--password', '--passwd', '--pass', '--pwd', '--token', '--secret', '--api-key', '--apikey', '--access-token'],
    ...['--secret-key', '--secret-access-key', '--db-password', '--db-pass', '--root-password', '--admin-password'],
    ...[
      '--user-password',
      '--http-password',
      '--ftp-password',
      '--proxy-password',
      '--redis-password',
      '--new-password',
    ],
    ...['--client-secret', '--auth-token', '--bearer-token', '--pat', '--passphrase', '--requirepass', '--masterauth'],
    ...[
      '-pw',
      '--master-user-password',
      '--sa-password',
      '--root-pass',
      '--admin-pass',
      '--keystore-password',
      '--key-password',
    ],
    ...['-password', '-passwd', '-storepass', '-keypass', '-srcstorepass', '-deststorepass', '-token', '-apikey'],
    ...['sshpass', 'requirepass', 'masterauth', 'bindpw'],
  ],
  stop: /\n/,
  maxLength: 80,
  value: new RegExp(`[ \\t]{1,2}(?:-p[ \\t]?)?(?:${QUOTED_SAID}|["']?(?=[^\\s-])${SAID})`, 'y'),
  refuse: (value) => (isPlaceholder(value) ? NO_VALUE : undefined),
  partial: () => '',
};

const passwordOfUser: LabelRule = {
  kind: 'label',
  id: 'secrets.password-of-user',
  label: 'PASSWORD',
  finds: 'Passwords beside a user name as an option of a command: `curl -u bob:s3cret`.',
  why: 'a name, a colon and a value after an option for a user',
  examples: {
    found: ['curl -u bob:s3cretpw https://example.com'],
    left: ['docker run -u 1000:1000 app', 'psql -u postgres1', '-u bob:$PASSWORD'],
  },
  labels: [],
  bareLabels: ['-u', '--user', '--proxy-user', '--userpwd', '--src-creds', '--dest-creds', '--creds', '--auth'],
  stop: /\n/,
  maxLength: 120,
  value: new RegExp(
    `[ \\t]{1,2}(?:"[A-Za-z][\\w.@/\\\\-]{0,63}:(?<quoted>[^"\\n]{3,70})"|'[A-Za-z][\\w.@/\\\\-]{0,63}:(?<quoted>[^'\\n]{3,70})'|["']?[A-Za-z][\\w.@/\\\\-]{0,63}[:%](?=[^\\s/:])${SAID})`,
    'y',
  ),
  refuse: (value) => (isPlaceholder(value) ? NO_VALUE : undefined),
  partial: () => '',
};

/** Secrets that only a label gives away. */
export const passwordRules: readonly (LabelRule | TokenRule)[] = [
  bearer,
  headerLabel,
  headerSignature,
  bearerEncoded,
  cookieValue,
  password,
  labelledKey,
  namedKey,
  vendorNamed,
  dashedKey,
  prefixedKey,
  passwordOption,
  passwordOfUser,
  ...placedPasswordRules,
  passwordSaid,
  passwordBeside,
];
