// biome-ignore-all lint/suspicious/noTemplateCurlyInString: look-alikes are code of other languages.
import type { LabelRule } from '../rules/rule.ts';

/** Values that stand for one: places to fill in, types, references to where the real one is kept. */
const PLACEHOLDER =
  /^(?:!(?:vault|secret|env|ref|sub|getatt|importvalue)|\*+|x{3,}|\.{2,}|-+|_+|\?+|…+|<.*|\[.*|\{.*|\$\{?.*|%[\w.]+%?|#\{.*|@\{?.*\}?|n\/?a|nil|null|none|nan|true|false|undefined|empty|string|str|text|int(?:eger)?|number|bool(?:ean)?|bytes|any|object|unknown|optional|required|hidden|masked|redacted|secret|token|password|passwd|pass|pwd|your[-_ ]?\w*(?:[-_ ]\w+)*|my[-_]?(?:password|secret|token|key)|change[-_]?me[-_]?(?:please|now)?|example|sample|placeholder|insert\w*|enter\w*|todo|tbd|test|default|env|file|vault|basic|bearer|jwt|oauth2?|api[-_]?key|disabled|enabled|yes|no|on|off|not|is|are|was|the|a|an|this|that|must|should|can|cannot|will|has|have|for|to|of|in|at|and|or|if|be|with|reset|changed?|forgotten|expired?|invalid|incorrect|wrong|missing|correct|valid|strong|weak|field|input|value|here|below|above|label|hash(?:ed)?|prompt|policy|manager|protected|auth|authentication|authorization|login|username|email|confirm\w*|new|old|current|same|different|length|type|format|min|max|用户.*|必填|无|空)$/i;
/** Code that reads a value rather than a value. */
const EXPRESSION =
  /^(?:process\.env|os\.(?:environ|getenv)|env[.[(]|getenv|config[.[(]|settings[.[(]|self\.|this\.|props\.|req(?:uest)?\.|res(?:ponse)?\.|args\.|params?[.[]|options?\.|opts\.|user\.|data\.|form\.|body\.|event\.|context\.|ctx\.|state\.|input[.(]|secrets?[.[(]|vault[.:(]|var\.|local\.|data\.|module\.|std::|System\.|await\b|new\b|function\b|async\b|lambda\b|async\(|require\(|import\(|\w{1,40}\(|\w{1,40}\.\w{1,40}\(|[A-Za-z_]{1,40}\[)/;
const REFERENCE =
  /^(?:file|vault|env|secret|ssm|arn|op|https?|gs|s3):\/\/|^arn:|^\/(?:run|etc|var|home|usr|opt|mnt)\//i;

const isPlaceholder = (value: string): boolean =>
  PLACEHOLDER.test(value) || EXPRESSION.test(value) || REFERENCE.test(value);

/** `=` without spaces, or quotes: something set in a file rather than said in a sentence. */
const isSet = (before: string, raw: string): boolean => /[=>]\s?$/.test(before) || /^["'`]/.test(raw);

/** A value of plain small letters is a word of the sentence unless it stands at the end of its line or is set. */
const refusePassword = (value: string, after: string, before: string): string | undefined => {
  if (isPlaceholder(value) || after.startsWith('(')) return 'a placeholder, a word or a reference';
  if (value.length < 4) return 'too short';
  if (/["'`]$/.test(after.charAt(0)) || isSet(before, value)) return undefined;
  if (/^[a-z]+$/i.test(value) && /^[ \t]+\S/.test(after)) return 'a word of a sentence';
  if (/^[A-Z]?[a-z]+$/.test(value) && /^[.,;:!?]/.test(after)) return 'a word of a sentence';
  return undefined;
};

const GAP = '[ \\t]{0,4}(?:[:=]?>?)[ \\t]{0,4}\\n?[ \\t]{0,8}';
/** What is between quotes, all of it, or as much of what is not quoted as `plain` takes. */
const valueAfterGap = (plain: string): RegExp =>
  new RegExp(`${GAP}(?:\\\\?(?<quote>["'\`])(?<quoted>(?:(?!\\\\?\\k<quote>)[^\\n]){1,600})|(?<value>${plain}))`, 'y');

const PLAIN = '[^\\s"\'`,;&<>，。；、！？（）()（）\\u3000-\\uffef]{1,256}';

const PASSWORD_LABELS = [
  ...[
    'password',
    'passwd',
    'passwort',
    'passphrase',
    'passcode',
    'pwd',
    'pswd',
    'userpass',
    'user_pass',
    'db_pass',
    'dbpass',
    'smtp_pass',
    'mysql_pwd',
    'redis_pass',
    'pass_word',
    'root_pw',
    'contraseña',
    'mot de passe',
    'senha',
  ],
  ...['密码', '口令', '密碼', '登录密码', '支付密码', '验证码', '动态码', '校验码'],
];

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
  stop: /\n/,
  maxLength: 300,
  value: valueAfterGap(PLAIN),
  refuse: refusePassword,
  partial: () => '',
  runsOn: /[^\s"'`,;&<>]/,
};

const SAID = '(?<value>[!-~]{4,64}?)(?=[.,;!?]?(?:$|[\\s"\'`」”，。；、！？（）\\u3400-\\u9fff]))';

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
  bareLabels: ['密码', '口令', 'password', 'passwd', 'pwd', 'passphrase', 'passcode'],
  stop: /[\n，。；]/,
  maxLength: 80,
  value: new RegExp(
    `(?:\\s{1,2}(?:is|was)(?: now)?[:\\s]\\s{0,2}|\\s{0,2}(?:是|为|改为|改成|设为|设置为|重置为)[:：\\s]{0,2})["'\`「“]?${SAID}`,
    'y',
  ),
  refuse(value, _after, before) {
    if (isPlaceholder(value)) return 'a placeholder, a word or a reference';
    if (/^\d{4,}$/.test(value) || (/[A-Za-z]/.test(value) && /\d|[^A-Za-z0-9.,'-]/.test(value))) return undefined;
    // A word of another alphabet in a Chinese sentence about a password is the password.
    return /[\u4e00-\u9fff]$/.test(before) ? undefined : 'a word of a sentence';
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
    '--password',
    '--passwd',
    '--pass',
    '--token',
    '--secret',
    '--api-key',
    '--apikey',
    '--access-token',
    '--secret-key',
  ],
  stop: /\n/,
  maxLength: 80,
  value: new RegExp(`[ \\t]{1,2}["']?(?=[^\\s-])${SAID}`, 'y'),
  refuse: (value) => (isPlaceholder(value) ? 'a placeholder, a word or a reference' : undefined),
  partial: () => '',
};

const KEY_LABELS = [
  ...[
    'api_key',
    'apikey',
    'api-key',
    'api key',
    'api_token',
    'api-token',
    'apitoken',
    'api_secret',
    'apisecret',
    'api-secret',
    'access_key',
    'accesskey',
    'access-key',
    'access key',
    'access_key_secret',
    'accesskeysecret',
    'accesskeyid',
    'access_key_id',
  ],
  ...[
    'secret_key',
    'secretkey',
    'secret-key',
    'secret key',
    'secret_access_key',
    'secretaccesskey',
    'secret access key',
    'secret_id',
    'secretid',
    'client_secret',
    'clientsecret',
    'client-secret',
    'client secret',
    'app_secret',
    'appsecret',
    'app-secret',
    'app_key',
    'appkey',
    'consumer_secret',
  ],
  ...[
    'access_token',
    'accesstoken',
    'access-token',
    'access token',
    'refresh_token',
    'refreshtoken',
    'refresh-token',
    'auth_token',
    'authtoken',
    'auth-token',
    'id_token',
    'session_token',
    'sessiontoken',
    'bot_token',
    'bearer_token',
    'csrf_token',
    'token',
    'secret',
    'private_key',
    'privatekey',
    'private-key',
    'encryption_key',
    'encryptionkey',
    'signing_key',
    'signingkey',
    'signing_secret',
    'master_key',
    'license_key',
    'account_key',
    'webhook_secret',
    'jwt_secret',
    'session_secret',
    'cookie_secret',
    'shared_secret',
    'session_id',
    'sessionid',
    'sid',
    'jsessionid',
    'phpsessid',
    'set-cookie',
    'credentials',
    'credential',
    'authorization',
    'proxy-authorization',
    'x-api-key',
    'x-auth-token',
    'connection_string',
  ],
  ...['密钥', '秘钥', '令牌', '访问密钥', '私钥', '密匙', '凭证', '访问令牌'],
];

const refuseKey = (value: string, _after: string, before: string): string | undefined => {
  if (isPlaceholder(value) || /^(?:bearer|basic|token|digest)\b/i.test(value))
    return 'a placeholder, a word or a reference';
  if (value.length < 8) return 'too short';
  if (/\s/.test(value)) return 'a sentence';
  if (/\d/.test(value) && /[A-Za-z]/.test(value)) return isPathOrName(value) ? 'a path or a name' : undefined;
  if (/^\d+$/.test(value))
    return /(?:token|secret|key)["'`]?\s?[:：=]\s?["'`]?$/i.test(before) && value.length >= 16 ? undefined : 'a number';
  // No digit: believed when it is long and mixed, as of sixteen random letters.
  return value.length >= 16 &&
    /[a-z]/.test(value) &&
    /[A-Z]/.test(value) &&
    !/^[A-Za-z][a-z]*(?:[A-Z][a-z]+)*$/.test(value.slice(0, 40))
    ? undefined
    : 'a word or a name';
};

const isPathOrName = (value: string): boolean =>
  /^(?:[a-z]+[-_./])+[a-z]+\d?$/i.test(value) || /^[a-z]+\d{0,2}$/.test(value);

const key: LabelRule = {
  kind: 'label',
  id: 'secrets.key',
  label: 'SECRET',
  finds:
    'Keys, tokens and secrets of any vendor after a word that says so: `api_key=…`, `"token": "…"`, `x-api-key: …`.',
  why: 'a value of letters and digits that is no placeholder, after a word for a key',
  examples: {
    found: [
      'api_key=9f8a7b6c5d4e3f2a',
      '"client_secret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"',
      'X-Api-Key: 7d8f9a0b1c2d',
    ],
    left: ['max_tokens=256', 'token: string', 'secret = getSecret("x1")', 'api_key: <your key>', 'token_type: bearer'],
  },
  labels: KEY_LABELS,
  bareLabels: [],
  stop: /\n/,
  maxLength: 600,
  value: valueAfterGap('[^\\s"\'`,;&<>，。；、！？（）()\\u3000-\\uffef]{1,600}'),
  refuse: refuseKey,
  runsOn: /[A-Za-z0-9_.~+/=-]/,
};

const bearer: LabelRule = {
  kind: 'label',
  id: 'secrets.bearer',
  label: 'BEARER',
  finds: 'Credentials of `Authorization` headers: `Bearer …`, `Basic …`, `Token …`.',
  why: 'sixteen or more characters of a token after the name of the scheme',
  examples: {
    found: ['Authorization: Bearer 9f8a7b6c5d4e3f2a1b0c', 'authorization: Basic YWxhZGRpbjpvcGVuc2VzYW1l'],
    left: ['bearer of bad news', 'Bearer authentication', 'Basic understanding1'],
  },
  labels: [],
  bareLabels: ['bearer', 'basic', 'token', 'digest'],
  stop: /[\n\s"'`,;]/,
  maxLength: 600,
  value: /[ \t]{1,2}(?<value>[A-Za-z0-9_~+/.-]{10,600}={0,2})/y,
  refuse(value, _after, before) {
    const isHeader = /authorization["'`\s:=]{1,6}[a-z]{5,6}$/i.test(before);
    const isBearer = /bearer$/i.test(before);
    if (/(?:token|digest)$/i.test(before) && !isHeader) return 'a word of a sentence';
    if (/basic$/i.test(before)) return isBasic(value) ? undefined : 'no name and password in it';
    if (isPlaceholder(value)) return 'a placeholder';
    if (value.length < 16 && !isHeader) return 'too short';
    return /\d/.test(value) && /[A-Za-z]/.test(value) && (isBearer || isHeader) ? undefined : 'a word of a sentence';
  },
  runsOn: /[A-Za-z0-9_~+/.=-]/,
};

/** Base64 of `name:password`. */
const isBasic = (value: string): boolean => {
  const text = Buffer.from(value, 'base64').toString('latin1');
  return /^[\x20-\x7e\x80-\xff]{1,200}$/.test(text) && text.includes(':');
};

/** Secrets that only a label gives away. */
export const passwordRules: readonly LabelRule[] = [bearer, password, key, passwordOption, passwordSaid];
