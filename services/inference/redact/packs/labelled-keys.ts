// biome-ignore-all lint/suspicious/noTemplateCurlyInString: look-alikes are code of other languages.
import { FEATURE } from '../rules/features.ts';
import type { LabelRule, TokenRule } from '../rules/rule.ts';
import { KEY_LABELS } from './key-labels.ts';
import { classesOf, isPlaceholder, looksRandom, NO_VALUE, valueAfterGap } from './label-values.ts';

/** The scheme of a header rather than its credentials, unless these go on encoded. */
const SCHEME =
  /^(?:(?:bearer|basic|token|digest|apikey|ssws|negotiate|ntlm|hawk|oauth)\b(?!%20|\+)|[a-z0-9]{1,12}-hmac-sha\d{1,3})/i;

/** `"auth": "…"` of a registry has a name and a password in it. */
const AUTH = /(?:^|[^a-z])auth["'`]{0,2}\s?[:=]$/i;

const refuseKey = (value: string, _after: string, before: string): string | undefined => {
  if (isPlaceholder(value) || SCHEME.test(value)) return NO_VALUE;
  if (AUTH.test(before)) return isBasic(value) ? undefined : 'no name and password in it';
  if (value.length < 8) return 'too short';
  if (/\s/.test(value)) return 'a sentence';
  if (/\d/.test(value) && /[A-Za-z]/.test(value)) return isPathOrName(value) ? 'a path or a name' : undefined;
  if (/^\d+$/.test(value))
    return /(?:token|secret|key)["'`]?\s?(?:string\s?)?[:：=.?|+]{1,4}\s?["'`]?$/i.test(before) && value.length >= 16
      ? undefined
      : 'a number';
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

/** Keys that are no secrets. */
const OPEN_KEY =
  /(?:public|publishable|idempotency|cache|partition|sort|object|primary|foreign|routing|row|range|hash|group|dedup\w*|translation|site|measurement|websocket|s3|file|image|message|lookup|unique|index|shard|map|redis|kv|storage|registry|ssh|host|answer|product|activity|pub)[-_]?key\d{0,3}["'`\])\s]{0,4}[:=]$/i;

/** `acme_key`, `acmeKey`, `ACMEKey`: not `key` alone. */
const NAMED_KEY = /(?:[_-](?:key|KEY|Key)|[A-Za-z0-9]Key)\d{0,3}["'`\])\s]{0,4}[.:?|+!=]{0,3}[:=]$/;
const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;

/** `ACME_KEY=…`: keys of vendors that no list has. */
export const namedKey: LabelRule = {
  kind: 'label',
  id: 'secrets.key-named',
  label: 'SECRET',
  finds: 'Random values after a name that ends in `_key` or `-key`: `ACME_KEY=…`, `X-Acme-Key: …`.',
  why: 'twenty or more random characters after a name for a key',
  examples: {
    found: ['ACME_KEY=EkbyVHKfcwLgSWCyjar36h2yhTEHrNYF', 'X-Acme-Key: 99647e9627de071a069fbcf9120ed630'],
    left: [
      'IDEMPOTENCY_KEY=EkbyVHKfcwLgSWCyjar36h2yhTEHrNYF',
      'cache_key: user-profile-v2-settings',
      'sort_key=created_at',
    ],
  },
  labels: ['_key', '-key', 'key'],
  bareLabels: [],
  stop: /\n/,
  maxLength: 300,
  value: valueAfterGap('[A-Za-z0-9_+/=.~-]{20,300}'),
  refuse(value, _after, before) {
    if (OPEN_KEY.test(before)) return 'a key that is no secret';
    if (/AccountKey=$/.test(before)) return 'a key of Azure Storage, which has a rule of its own';
    if (!/^[A-Za-z0-9_+/=.~-]+$/.test(value) || !looksRandom(value, 20)) return 'a word or a name';
    return !NAMED_KEY.test(before) && HASH.test(value) ? 'a hash, and nothing says that it is secret' : undefined;
  },
  runsOn: /[A-Za-z0-9_.~+/=-]/,
};

/** `acme token - '…'`: as people write lists of them. */
export const dashedKey: LabelRule = {
  kind: 'label',
  id: 'secrets.key-dashed',
  label: 'SECRET',
  finds: "Random values in quotes after a dash and a word that says key, token or secret: `acme token - '…'`.",
  why: 'sixteen or more random characters in quotes after such a word',
  examples: {
    found: ["acme token - '4wp0s2ug2fvj2qwvi19t1u84juyuj025'"],
    left: ["token - 'invalid-or-expired-token'", "key - 'Enter'"],
  },
  labels: [],
  bareLabels: ['token', 'secret', 'key', 'apikey'],
  stop: /\n/,
  maxLength: 300,
  value: /[ \t]{1,2}[-–—][ \t]{1,2}["'`](?<value>[A-Za-z0-9_+/=.~-]{16,280})["'`]/y,
  refuse: (value) => (looksRandom(value, 16) ? undefined : 'a word or a name'),
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
  value: /[ \t]{1,2}(?<value>[A-Za-z0-9_~+/.%-]{6,600}={0,2})/y,
  refuse(value, _after, before) {
    const isHeader = /authorization["'`\]\s:=]{1,8}[a-z]{4,6}$/i.test(before);
    const isBearer = /(?:bearer|ssws)$/i.test(before);
    if (/(?:token|digest|apikey)$/i.test(before) && !isHeader) return 'a word of a sentence';
    if (/basic$/i.test(before)) return isBasic(value) ? undefined : 'no name and password in it';
    if (isPlaceholder(value)) return 'a placeholder';
    if (value.length < 10) return 'too short';
    if (value.length < 16 && !isHeader && (value.length < 12 || classesOf(value) < 3)) return 'too short';
    return /\d/.test(value) && /[A-Za-z]/.test(value) && (isBearer || isHeader) ? undefined : 'a word of a sentence';
  },
  runsOn: /[A-Za-z0-9_~+/.%=-]/,
};

/** Base64 of `name:password`. */
export const isBasic = (value: string): boolean => {
  const text = Buffer.from(value, 'base64').toString('latin1');
  return /^[\x20-\x7e\x80-\xff]{1,200}$/.test(text) && text.includes(':');
};

/** `acme_…`: a word and random letters of both cases, longer than any identifier that is shown. */
export const prefixedKey: TokenRule = {
  kind: 'token',
  id: 'secrets.key-prefixed',
  label: 'SECRET',
  finds: 'Keys of any vendor that begin with a word and an underscore: `acme_…`.',
  why: 'a small word, an underscore and thirty-six or more random letters of both cases and digits',
  examples: {
    found: [`acme_${'aB3dE5fG7hJ9kL1mN0pQ2rS4tU6vW8xY'.repeat(2).slice(0, 40)}`],
    left: [
      `pk_live_${'aB3dE5fG7hJ9kL1mN0pQ2rS4tU6vW8xY'.repeat(2).slice(0, 40)}`,
      `acme_${'0a1b2c3d4e5f60718293a4b5c6d7e8f9'.repeat(2).slice(0, 40)}`,
    ],
  },
  needs: FEATURE.digit | FEATURE.upper | FEATURE.lower,
  minLength: 39,
  pattern: /(?<![A-Za-z0-9_./-])[a-z][a-z0-9]{1,11}_[A-Za-z0-9]{36,80}(?![A-Za-z0-9_.-])/g,
  refuse({ text }) {
    const value = text.slice(text.indexOf('_') + 1);
    const isMixed = /[A-Z]/.test(value) && /[a-z]/.test(value) && value.replace(/\D/g, '').length >= 3;
    return isMixed && looksRandom(value, 36) && !/^(?:pk|pub|id)_/.test(text) ? undefined : 'a name';
  },
};
