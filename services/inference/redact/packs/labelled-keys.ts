// biome-ignore-all lint/suspicious/noTemplateCurlyInString: look-alikes are code of other languages.
import type { LabelRule } from '../rules/rule.ts';
import { classesOf, isPlaceholder, valueAfterGap } from './label-values.ts';

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
    'secret_key_base',
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
    'csrftoken',
    'xsrf-token',
    'authenticity_token',
    '_authtoken',
    'subscription-key',
    'subscription_key',
    'subscriptionkey',
    'token',
    'secret',
    'private_key',
    'private key',
    'privatekey',
    'private-key',
    'api.key',
    'access.key',
    'secret.key',
    'encryption.key',
    'signing.key',
    'encryption_key',
    'encryptionkey',
    'signing_key',
    'signingkey',
    'signing_secret',
    'master_key',
    'masterkey',
    'hmac_key',
    'hmackey',
    'hmac_secret',
    'aes_key',
    'aeskey',
    'storage_key',
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
    'auth',
    '_auth',
  ],
  ...['密钥', '秘钥', '令牌', '访问密钥', '私钥', '密匙', '凭证', '访问令牌'],
];

/** The scheme of a header rather than its credentials, unless these go on encoded. */
const SCHEME = /^(?:(?:bearer|basic|token|digest|apikey|ssws|negotiate)\b(?!%20|\+)|aws4-hmac-sha256)/i;

/** `"auth": "…"` of a registry has a name and a password in it. */
const AUTH = /(?:^|[^a-z])auth["'`]{0,2}\s?[:=]$/i;

const refuseKey = (value: string, _after: string, before: string): string | undefined => {
  if (isPlaceholder(value) || SCHEME.test(value)) return 'a placeholder, a word or a reference';
  if (AUTH.test(before)) return isBasic(value) ? undefined : 'no name and password in it';
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

/** Keys, tokens and secrets after a word that says so. */
export const labelledKey: LabelRule = {
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

/** Credentials after the name of their scheme. */
export const bearer: LabelRule = {
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
  bareLabels: ['bearer', 'basic', 'token', 'digest', 'apikey', 'ssws'],
  stop: /[\n\s"'`,;]/,
  maxLength: 600,
  value: /[ \t]{1,2}(?<value>[A-Za-z0-9_~+/.%-]{10,600}={0,2})/y,
  refuse(value, _after, before) {
    const isHeader = /authorization["'`\]\s:=]{1,8}[a-z]{4,6}$/i.test(before);
    const isBearer = /(?:bearer|ssws)$/i.test(before);
    if (/(?:token|digest|apikey)$/i.test(before) && !isHeader) return 'a word of a sentence';
    if (/basic$/i.test(before)) return isBasic(value) ? undefined : 'no name and password in it';
    if (isPlaceholder(value)) return 'a placeholder';
    if (value.length < 16 && !isHeader && (value.length < 12 || classesOf(value) < 3)) return 'too short';
    return /\d/.test(value) && /[A-Za-z]/.test(value) && (isBearer || isHeader) ? undefined : 'a word of a sentence';
  },
  runsOn: /[A-Za-z0-9_~+/.%=-]/,
};

/** The same where nothing stands between the name of the header and the scheme. */
export const headerLabel: LabelRule = {
  kind: 'label',
  id: 'secrets.bearer-header',
  label: 'BEARER',
  finds: 'Credentials of `Authorization:Bearer …`, without a space before the scheme.',
  why: 'sixteen or more characters of a token after the name of the scheme',
  examples: {
    found: ['Authorization:Bearer 9f8a7b6c5d4e3f2a1b0c', 'AUTHORIZATION:BASIC YWxhZGRpbjpvcGVuc2VzYW1l'],
    left: ['authorization:bearer authentication', 'Authorization:Basic understanding1'],
  },
  labels: ['authorization'],
  bareLabels: [],
  stop: /[\n"'`,;]/,
  maxLength: 600,
  enough: /[^BbTt]|[Bb][^AaEe]|[Tt][^Oo]/y,
  value: /(?:bearer|basic|token)[ \t]{1,2}(?<value>[A-Za-z0-9_~+/.%-]{16,600}={0,2})/iy,
  refuse: (value) =>
    isBasic(value) || (/\d/.test(value) && /[A-Za-z]/.test(value) && value.length > 16 && !isPlaceholder(value))
      ? undefined
      : 'a word of a sentence',
  runsOn: /[A-Za-z0-9_~+/.%=-]/,
};

/** Base64 of `name:password`. */
const isBasic = (value: string): boolean => {
  const text = Buffer.from(value, 'base64').toString('latin1');
  return /^[\x20-\x7e\x80-\xff]{1,200}$/.test(text) && text.includes(':');
};
