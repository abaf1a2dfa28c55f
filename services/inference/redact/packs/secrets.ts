import type { BlockRule, RulePack, TokenRule } from '../rules/rule.ts';
import { passwordRules } from './passwords.ts';
import { privateKeyFields } from './private-key-fields.ts';
import { privateKeyLines } from './private-key-lines.ts';
import { VENDOR_KEYS } from './vendor-keys.ts';
import { MORE_KEYS } from './vendor-keys-more.ts';
import { SERVICE_KEYS } from './vendor-keys-services.ts';

/** Keys that begin like anything are long. */
const SHORTEST_WITHOUT_START = 49;

/** Words and numbers of a name, parted by dashes. */
const NAME = /^[a-z]{2,4}[-_](?:(?:[a-z]{1,14}|\d{1,8})[-_]){1,8}(?:[a-z]{1,14}|\d{1,8})$/;

/** No letter or digit right before; a literal backslash with n, as in quoted code, is a line break. */
const vendorRules: readonly TokenRule[] = [...VENDOR_KEYS, ...SERVICE_KEYS, ...MORE_KEYS].map(
  ({ id, label, of, starts, needs = 0, pattern, example }) => ({
    kind: 'token',
    id: `secrets.${id}`,
    label,
    isProven: true,
    finds: `${of}.`,
    why: 'the beginning, the characters and the length that its issuer documents',
    examples: { found: [example], left: [] },
    needs,
    minLength: starts.length === 0 ? SHORTEST_WITHOUT_START : 16,
    ...(starts.length === 0 ? {} : { starts }),
    pattern: new RegExp(`(?:(?<![A-Za-z0-9]|[A-Za-z0-9][_-])|(?<=%[0-9A-Fa-f]{2}))(?:${pattern})(?![A-Za-z0-9])`, 'g'),
    refuse: ({ text }) =>
      new Set(text.slice(-16).toLowerCase()).size <= 3 || NAME.test(text) ? 'a placeholder or a name' : undefined,
    runsOn: /[A-Za-z0-9_-]/,
  }),
);

const isJsonHead = (part: string): boolean => {
  try {
    const head: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof head === 'object' && head !== null;
  } catch {
    return false;
  }
};

const jwt: TokenRule = {
  kind: 'token',
  id: 'secrets.jwt',
  isProven: true,
  label: 'JWT',
  finds: 'JSON web tokens, signed or encrypted.',
  why: 'a header that is JSON, and two more parts at least',
  examples: {
    found: [
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
    ],
    left: ['eyJ', 'eyJhbGciOiJIUzI1NiJ9'],
  },
  needs: 0,
  minLength: 32,
  starts: ['eyJ', 'ewog'],
  pattern:
    /(?<![A-Za-z0-9_-])(?:eyJ|ewog)[A-Za-z0-9_-]{8,1000}\.[A-Za-z0-9_-]{0,2000}(?:\.[A-Za-z0-9_-]{0,2000}){0,3}/g,
  refuse({ text }) {
    const [head = '', payload = '', signature = ''] = text.split('.');
    if (payload.length + signature.length < 16) return 'no payload';
    return isJsonHead(head) ? undefined : 'the header is not JSON';
  },
  runsOn: /[A-Za-z0-9_.-]/,
};

const encodedJwt: TokenRule = {
  kind: 'token',
  id: 'secrets.jwt-encoded',
  isProven: true,
  label: 'JWT',
  finds: 'JSON web tokens encoded once more, as in the data of a Kubernetes secret.',
  why: 'base64 of a header that is JSON',
  examples: {
    found: [
      Buffer.from(
        'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
      ).toString('base64'),
    ],
    left: ['ZXlK', 'ZXlKnothingThatIsAHeaderAndLongEnoughForOne'],
  },
  needs: 0,
  minLength: 44,
  starts: ['ZXlK'],
  pattern: /(?<![A-Za-z0-9+/_-])ZXlK[A-Za-z0-9+/_-]{40,3000}={0,2}/g,
  refuse({ text }) {
    const [head = ''] = Buffer.from(text.slice(0, 1600), 'base64').toString('latin1').split('.');
    return isJsonHead(head) ? undefined : 'the header is not JSON';
  },
  runsOn: /[A-Za-z0-9+/_=-]/,
};

const pem: BlockRule = {
  kind: 'block',
  id: 'secrets.private-key',
  label: 'PRIVATE_KEY',
  finds: 'Private keys in PEM or PGP armour, whole blocks; certificates and public keys stay.',
  why: 'the first line of a private key with a body after it',
  examples: {
    found: ['-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----'],
    left: [
      '-----BEGIN CERTIFICATE-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END CERTIFICATE-----',
      'it begins with -----BEGIN PRIVATE KEY----- and so on',
    ],
  },
};

/** Keys, tokens and passwords of any vendor. */
export const secretsPack: RulePack = {
  id: 'secrets',
  title: 'API keys, tokens, private keys, and passwords after a word that announces one',
  rules: [pem, privateKeyLines, privateKeyFields, jwt, encodedJwt, ...vendorRules, ...passwordRules],
};
