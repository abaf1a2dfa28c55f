import { endsWith } from '../rules/ends-with.ts';
import { FEATURE } from '../rules/features.ts';
import type { LabelRule, TokenRule } from '../rules/rule.ts';
import { isPlaceholder, looksRandom, NO_VALUE } from './label-values.ts';
import { isBasic } from './labelled-keys.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?::\w{2})?$/i;

/** Credentials after the name of their header, whatever the scheme. */
export const headerLabel: LabelRule = {
  kind: 'label',
  id: 'secrets.bearer-header',
  label: 'BEARER',
  finds:
    'Credentials of `Authorization: …` with the name of any scheme before them: `Bearer`, `ApiKey`, `Splunk`, `NTLM`.',
  why: 'a scheme and a random value, or a name and a password in base64, after the name of the header',
  examples: {
    found: [
      'Authorization:Bearer 9f8a7b6c5d4e3f2a1b0c',
      'AUTHORIZATION:BASIC YWxhZGRpbjpvcGVuc2VzYW1l',
      'Authorization: Splunk 381b3333-45fb-4efc-991e-62092132447c',
    ],
    left: [
      'authorization:bearer authentication',
      'Authorization:Basic understanding1',
      'Authorization: see RFC7235-section2',
    ],
  },
  labels: ['authorization'],
  bareLabels: [],
  stop: /(?<!^[bfru]{1,2}|^[A-Za-z]\w{1,23}[ \t])["'`,;]|\n[^ \t]/,
  maxLength: 600,
  enough:
    /[ \t]{0,2}(?:[bfru]{0,2}["'`])?[ \t]?(?:[^A-Za-z \t"'`]|[A-Za-z][\w-]{0,23}[^\w\s-]|[A-Za-z][\w-]{24}|[A-Za-z][\w-]{0,23}\s{1,6}["']?(?:[^A-Za-z0-9_~+/.%:=\s"'-]|[A-Za-z0-9_~+/.%:=-]{1,600}[^A-Za-z0-9_~+/.%:=-]))/y,
  value:
    /(?![ \t]{1,2}["'`]?(?:[Bb]earer|BEARER|[Bb]asic|BASIC|[Tt]oken|[Aa]pi[Kk]ey|SSWS)[ \t]{1,2}[A-Za-z0-9])[ \t]{0,2}(?:[bfru]{0,2}["'`])?[ \t]?[A-Za-z][\w-]{1,23}(?:[ \t]{1,2}|[ \t]{0,2}\r?\n[ \t]{1,4})["']?(?<value>[A-Za-z0-9_~+/.%:=-]{6,600})/y,
  refuse(value, after) {
    if (isPlaceholder(value)) return NO_VALUE;
    if (isBasic(value) || UUID.test(value)) return undefined;
    // `Digest username="…"` has parameters rather than credentials.
    if (/^[\w-]{1,30}=$/.test(value) && /^["']/.test(after)) return 'the name of a parameter';
    return looksRandom(value, 15) ? undefined : 'a word of a sentence';
  },
  runsOn: /[A-Za-z0-9_~+/.%=-]/,
};

const COOKIE_BEFORE = endsWith(
  /(?:\bcookies?["'`]?\s?[:=,]\s?[^\n]{0,80}[\w.$-]|\bcurl\b[^\n]{0,70}\s(?:-b|--cookie)[\s=]["']?[\w.$-]{1,40}|\bcookie["'`]?\s?,\s?["'`]?value["'`]?\s?:\s?["'`][^\n"]{0,60}[\w.$-])["'`]?=["'`]?$/i,
);

/** Values of cookies. */
export const cookieValue: TokenRule = {
  kind: 'token',
  id: 'secrets.header-cookie',
  label: 'COOKIE',
  finds: 'Values of cookies in headers and in options of curl, where they are long and random.',
  why: 'a long random value right after the name of a cookie',
  examples: {
    found: ['Cookie: lang=en; app_sess=0a9c8b7d6e5f4a3b2c1d0e9f'],
    left: [
      'Cookie: theme=dark-mode-enabled-2',
      'app_sess=0a9c8b7d6e5f4a3b2c1d0e9f',
      'Cookie: _ga=GA1.2.1234567890.1700000000',
    ],
  },
  mention: /cookie|curl/i,
  needs: FEATURE.digit,
  minLength: 16,
  pattern: /(?<![A-Za-z0-9%+/_.:!~-])[A-Za-z0-9%+/_.:!~-]{16,1000}={0,2}/g,
  refuse({ text, before }) {
    if (!COOKIE_BEFORE.test(before())) return 'no name of a cookie right before it';
    return looksRandom(text, 16) ? undefined : 'a setting rather than a session';
  },
  partial: () => '',
  runsOn: /[A-Za-z0-9%+/_.:!~=-]/,
};

/** `Bearer%20…`: a header in a URL. */
export const bearerEncoded: TokenRule = {
  kind: 'token',
  id: 'secrets.bearer-encoded',
  label: 'BEARER',
  finds: 'Credentials after an encoded `Bearer%20`.',
  why: 'sixteen or more random characters after the name of the scheme',
  examples: {
    found: ['?h=Authorization%3A%20Bearer%209f8a7b6c5d4e3f2a1b0c'],
    left: ['?h=Bearer%20authentication-of-user'],
  },
  needs: FEATURE.digit | FEATURE.percent,
  minLength: 24,
  starts: ['earer%20', 'EARER%20', 'earer+'],
  pattern: /(?<=bearer(?:%20|\+))[A-Za-z0-9_.~+/-]{16,600}/gi,
  refuse: ({ text }) => (looksRandom(text, 16) ? undefined : 'words'),
  partial: () => '',
};

const SIGNED_BEFORE =
  /(?:credential|keyid|algorithm|signedheaders|x-amz|x-goog|nonce|realm|oauth_\w+|uri|qop|access_?key_?id)["'`]?\s?=[^\n]{0,90}(?:signature|response|mac)["'`]?\s?=$/i;

/** The parameter of a header that proves who asks. */
export const headerSignature: LabelRule = {
  kind: 'label',
  id: 'secrets.bearer-signature',
  label: 'SIGNATURE',
  finds: 'Signatures in `Authorization` headers and signed addresses: `Signature=…`, `response="…"`, `mac="…"`.',
  why: 'a long random value after a parameter for a signature, with the parameters of such a header before it',
  examples: {
    found: [
      'SignedHeaders=host, Signature=e2fef546364ef3824d73560843eb9ee5542fc977f0993be660ff1cafa6372f45',
      'nonce="7ae2", uri="/", response="8ecfd9a362e1cf58dc9936c31e41e8be"',
    ],
    left: ['response="8ecfd9a362e1cf58dc9936c31e41e8be"', 'uri="/x", response="not authorised"'],
  },
  labels: ['signature', 'response', 'mac'],
  bareLabels: [],
  stop: /[\s"'`,;&]/,
  maxLength: 600,
  value: /["'`]?(?<value>[A-Za-z0-9+/_%-]{20,200}={0,2})/y,
  refuse(value, _after, before) {
    if (!SIGNED_BEFORE.test(before)) return 'no parameters of a signed header before it';
    return looksRandom(value, 20) ? undefined : 'a word';
  },
  partial: () => '',
};
