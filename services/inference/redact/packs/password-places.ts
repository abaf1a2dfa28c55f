import { endsWith } from '../rules/ends-with.ts';
import { FEATURE } from '../rules/features.ts';
import type { LabelRule, TokenRule } from '../rules/rule.ts';
import { classesOf, isPlaceholder, valueAfterGap } from './label-values.ts';
import { isInSecretColumn } from './secret-column.ts';

/** A name of something secret, whatever else is in it: `DbPassword`, `jwt.secret`, `API_TOKEN`. */
const SECRET_NAME =
  '[\\w.-]{0,40}(?:passw(?:or)?d|passphrase|pwd|passcode|secret(?:[._-]?(?:key|token))?|api[._-]?key|api[._-]?token|access[._-]?key|auth[._-]?token|private[._-]?key|token|(?<=\\w[._-])pass|密码|口令|密钥)';
const PLAIN = '[^\\s"\'`,;&<>，。；、！？（）()\\u3000-\\uffef]{1,256}';
const PLACEHOLDER = 'a placeholder, a word or a reference';

/** A name of something secret, and the sign of the value of the same entry. */
const NAMED_BEFORE = endsWith(
  new RegExp(
    `(?:^|["'>\\s:=])${SECRET_NAME}["']?(?:\\s{0,3}(?:,|\\n|/?>)?\\s{0,8}(?:[a-z]{1,12}="[\\w -]{0,24}"\\s{1,3}){0,2}["']?value["']?|\\s{0,2}[?!]?:\\s?&?(?:'static\\s)?(?:string|str)|\\s?\\{\\s{0,8}(?:[a-z]{1,12}\\s?=\\s?\\S{1,24}\\s{1,8}){0,3}default)\\s{0,2}[:=]$`,
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
    found: [
      '<add key="DbPassword" value="Xk29sLq0pZ" />',
      '{"name": "DB_PASSWORD", "value": "Xk29sLq0pZ"}',
      'let apiKey: string = "Xk29sLq0pZ81"',
    ],
    left: ['<add key="Timeout" value="Xk29sLq0pZ" />', '- name: PASSWORD_MIN_LENGTH\n  value: 12'],
  },
  labels: ['value', 'string', 'str', 'default'],
  bareLabels: [],
  stop: /["\n<]/,
  maxLength: 300,
  value: valueAfterGap(PLAIN),
  refuse(value, _after, before) {
    if (!NAMED_BEFORE.test(before)) return 'no name of a secret beside it';
    if (isPlaceholder(value) || value.length < 4) return PLACEHOLDER;
    return undefined;
  },
  partial: () => '',
};

const OTP = /otp["'`*\s)]{0,3}[:=]$/i;
/** Digits for a PIN, else letters with digits or signs: short words for passwords are words of sentences too. */
const refuseShort = (value: string, _after: string, before: string): string | undefined => {
  if (isPlaceholder(value)) return PLACEHOLDER;
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
  /(?:(?:mysql\w*|mariadb\w*|mongo\w*|docker|podman|helm|crane|skopeo|smbclient|sqlplus|kinit|az|oc|nexus)\b(?=[^\n;|]{0,80}(?:login|mysql|maria|mongo|-u|--username))[^\n;|]{1,80}\s-p|redis-cli\b[^\n;|]{0,60}\s(?:-a|auth)|sshpass\s-p|useradd\b[^\n;|]{0,60}\s-p|openssl\s\w[^\n;|]{0,60}\s-k|\bcf login[^\n;|]{0,60}\s-p)$/i,
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
  bareLabels: ['-p', '-a', '-k', 'auth'],
  stop: /[\s"'`]/,
  maxLength: 80,
  value: /[ \t]{1,2}["']?(?<value>[^\s"'`-][^\s"'`]{3,70})/y,
  refuse(value, _after, before) {
    if (!CLIENT_BEFORE.test(before)) return 'no program that takes a password here';
    return isPlaceholder(value) || /^\d+:\d+$/.test(value) ? PLACEHOLDER : undefined;
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
  stop: /[\s"'`]/,
  maxLength: 80,
  value: /[ \t]{0,2}["'](?<value>[^\s"']{4,64})["']/y,
  refuse(value, _after, before) {
    if (!/(?:identified (?:with \S{1,40} )?(?:by|as)|(?:with|set|user|role|encrypted|=)\s{1,2}password)$/i.test(before))
      return 'no statement that sets a password';
    return isPlaceholder(value) ? PLACEHOLDER : undefined;
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
  labels: ['passphrase', 'mnemonic', 'seed phrase', 'seed_phrase', 'recovery phrase', 'secret phrase', '助记词'],
  bareLabels: [],
  stop: /\n/,
  maxLength: 300,
  value: /[\s"'`]{0,4}(?<value>(?:[a-z0-9]{2,12} ){3,23}[a-z0-9]{2,12})/y,
  refuse: (value) => (PROSE.test(value) ? 'a sentence' : undefined),
  partial: () => '',
};

/** What stands right before a value that is an argument, an option without a space, or the next cell of its name. */
const ARGUMENT_BEFORE = endsWith(
  new RegExp(
    `(?:["']${SECRET_NAME}["']\\s?,\\s?["']|#define\\s{1,4}\\w{0,30}(?:PASS|PASSWORD|PWD|SECRET|TOKEN|KEY)\\s{1,8}["']|\\b(?:mysql|mariadb)\\w*\\b[^\\n;|]{0,80}\\s-p["']?|access_?key_?secret\\s|secret_?(?:access_?)?key\\s|(?:\\b|set|with)password\\(\\s?["']|ConvertTo-SecureString\\s{1,2}["']|\\|\\s?\\*{0,2}(?:password|passwd|密码|口令)\\*{0,2}\\s{0,2}\\|\\s?|\\b(?:ENV|setx|set)\\s{1,3}${SECRET_NAME}\\s{1,3}["']?|(?:\\busername\\s\\S{1,32}|\\benable)[^\\n]{0,24}\\s(?:secret|password)\\s(?:\\d\\s)?|\\bldap\\w{3,10}\\b[^\\n;|]{0,80}\\s-w\\s["']?|\\b(?:zip|unzip|unrar|rar|7za?)\\b[^\\n;|]{0,60}\\s-[pP]\\s?|\\bauth\\s?=\\s?\\(\\s?["'][^"'\\n]{1,40}["']\\s?,\\s?["']|\\blftp\\b[^\\n;|]{0,40}\\s-u\\s\\w{1,32},|(?:\\.(?:login|auth|authenticate)|credentials?|getConnection)\\((?:[\\w.]{1,40}\\s?,)?\\s?["'][^"'\\n]{1,60}["']\\s?,\\s?["']|["']bearer["']\\s?,\\s?["']|\\brabbitmqctl\\s[^\\n;|]{0,40}(?:add_user|change_password)\\s\\S{1,40}\\s["']?|\\bhtpasswd\\s-\\w{0,4}b\\w{0,4}\\s\\S{1,60}\\s\\S{1,40}\\s["']?|\\bnet user \\S{1,40} )$`,
    'i',
  ),
);

/** What every match of it ends in: most texts are told apart by that. */
const MAY_BE_ARGUMENT_BEFORE = endsWith(/["'\spP,]$/);

/** A word for a key in a sentence or a list; what follows must look like one. */
const KEY_SAID = endsWith(
  /(?:api[ _-]?(?:key|token)|(?:access|secret|private|auth|refresh)[ _-]?(?:key|token)|client[ _-]?secret|密钥|令牌)["'`]?(?:\s(?:is|was)|\s?[是为])?[:：]?\s{0,2}["'`「]?$/i,
);
const looksLikeKey = (text: string): boolean =>
  text.length >= 16 &&
  /\d/.test(text) &&
  /[A-Za-z]/.test(text) &&
  !/^[\w.-]*\/|^(?:[a-z]+[-_.])+[a-z0-9]+$/i.test(text);

const argument: TokenRule = {
  kind: 'token',
  id: 'secrets.password-argument',
  label: 'PASSWORD',
  finds:
    'Passwords as arguments and in columns: `define("DB_PASSWORD", "…")`, `mysql -p…`, tables with a head that says so.',
  why: 'a value of letters with digits or signs right after a name that says password, secret or key',
  examples: {
    found: [
      "define('DB_PASSWORD', 'Xk29sLq0pZ');",
      '#define WIFI_PASS "homeNet88"',
      'mysql -uroot -pXk29sLq0pZ shop',
      'user,password\nbob,Xk29sLq0pZ',
    ],
    left: ["define('WP_DEBUG', 'false1');", 'mysql -uroot -p shop1'],
  },
  mention:
    /passw|pw|pass["'\s]|secret|token|key|密码|口令|密钥|令牌|mysql|mariadb|auth|zip|rar|7z|ldap|lftp|login|bearer|rabbitmqctl|net user|securestring|credential|getconnection/i,
  needs: FEATURE.digit,
  minLength: 5,
  pattern: /(?<=^'?-[pP]'?|^\w{1,32},|(?<![A-Za-z0-9_.$-]))(?!-)[A-Za-z0-9!@#$%^&_+=/.:?~-]{5,128}/g,
  refuse({ text, before }) {
    const context = before();
    const isSaid = looksLikeKey(text) && KEY_SAID.test(context);
    const isArgument = MAY_BE_ARGUMENT_BEFORE.test(context) && ARGUMENT_BEFORE.test(context);
    if (!isSaid && !isArgument && !isInSecretColumn(context)) return 'no name of a secret right before it';
    return isPlaceholder(text) || classesOf(text) < 2 ? PLACEHOLDER : undefined;
  },
  partial: () => '',
};

const CODE_BEFORE = endsWith(
  /(?:(?:verification|security|one-?time|login|sign-?in|confirmation|authentication|auth|2fa|access|sms)[ -](?:pass)?code(?: number)?|\botp|passcode|验证码|动态码|校验码|动态口令|一次性密码)(?:\s?(?:is|[:：=]|是|为)){0,2}[\s"'「【*`]{0,4}$/i,
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
  mention: /code|otp|验证码|动态码|校验码|口令|密码/i,
  needs: FEATURE.digit,
  minLength: 4,
  pattern: /(?<![A-Za-z0-9.-])\d{4,8}(?![A-Za-z0-9]|[.-]\d)/g,
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
  code,
];
