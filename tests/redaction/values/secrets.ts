import { ALNUM, BASE64, BASE64URL, DIGITS, HEX, LOWER, type Random, UPPER } from '../random.ts';
import type { Maker } from '../types.ts';

/** A vendor's key from its parts, so that no file of this project holds one. */
const after =
  (start: string, count: number, alphabet: string) =>
  (random: Random): string =>
    `${start}${random.chars(count, alphabet)}`;

const UPPER_DIGITS = `${UPPER}${DIGITS}`;
const LOWER_DIGITS = `${LOWER}${DIGITS}`;

/** Formats that the vendors document or that scanners agree on. */
export const VENDOR_KEYS: Readonly<Record<string, (random: Random) => string>> = {
  awsAccessKey: after('AKIA', 16, `${UPPER}234567`),
  awsTemporaryKey: after('ASIA', 16, `${UPPER}234567`),
  githubToken: (random) => `${random.pick(['ghp', 'gho', 'ghu', 'ghs', 'ghr'])}_${random.chars(36, ALNUM)}`,
  githubFineGrained: (random) => `github_pat_${random.chars(22, ALNUM)}_${random.chars(59, ALNUM)}`,
  gitlabToken: after('glpat-', 20, BASE64URL),
  gitlabRunner: after('glrt-', 20, BASE64URL),
  slackBot: (random) => `xoxb-${random.digits(12)}-${random.digits(13)}-${random.chars(24, ALNUM)}`,
  slackUser: (random) => `xoxp-${random.digits(12)}-${random.digits(12)}-${random.digits(13)}-${random.chars(32, HEX)}`,
  slackApp: (random) => `xapp-1-A${random.chars(10, UPPER_DIGITS)}-${random.digits(13)}-${random.chars(64, HEX)}`,
  stripeLive: (random) => `${random.pick(['sk', 'rk'])}_live_${random.chars(random.pick([24, 99]), ALNUM)}`,
  stripeTest: after('sk_test_', 24, ALNUM),
  stripeWebhook: after('whsec_', 32, ALNUM),
  openaiProject: (random) => `sk-proj-${random.chars(74, BASE64URL)}T3BlbkFJ${random.chars(74, BASE64URL)}`,
  openaiOld: (random) => `sk-${random.chars(20, ALNUM)}T3BlbkFJ${random.chars(20, ALNUM)}`,
  anthropic: (random) => `sk-ant-api03-${random.chars(93, BASE64URL)}AA`,
  deepseek: after('sk-', 32, LOWER_DIGITS),
  moonshot: after('sk-', 48, ALNUM),
  openrouter: after('sk-or-v1-', 64, HEX),
  googleApi: after('AIza', 35, BASE64URL),
  googleOauth: after('GOCSPX-', 28, BASE64URL),
  googleAccess: after('ya29.', 60, BASE64URL),
  twilioKey: after('SK', 32, HEX),
  sendgrid: (random) => `SG.${random.chars(22, BASE64URL)}.${random.chars(43, BASE64URL)}`,
  npm: after('npm_', 36, ALNUM),
  pypi: after('pypi-AgEIcHlwaS5vcmc', 80, BASE64URL),
  huggingFace: after('hf_', 34, `${UPPER}${LOWER}`),
  digitalOcean: after('dop_v1_', 64, HEX),
  telegram: (random) => `${random.digits(10)}:AA${random.chars(33, BASE64URL)}`,
  discord: (random) => `M${random.chars(25, ALNUM)}.${random.chars(6, BASE64URL)}.${random.chars(38, BASE64URL)}`,
  aliyun: (random) => `LTAI${random.chars(random.pick([16, 20]), ALNUM)}`,
  tencent: after('AKID', 32, ALNUM),
  shopify: after('shpat_', 32, HEX),
  mailgun: after('key-', 32, HEX),
  databricks: after('dapi', 32, HEX),
  vault: after('hvs.', 92, BASE64URL),
  docker: after('dckr_pat_', 27, BASE64URL),
  linear: after('lin_api_', 40, ALNUM),
  postman: (random) => `PMAK-${random.chars(24, HEX)}-${random.chars(34, HEX)}`,
  newRelic: after('NRAK-', 27, UPPER_DIGITS),
  grafana: (random) => `glsa_${random.chars(32, ALNUM)}_${random.chars(8, HEX)}`,
  groq: after('gsk_', 52, ALNUM),
  age: after('AGE-SECRET-KEY-1', 58, 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'),
};

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Three parts, the first two of them JSON; signed by nobody. */
export const jwt = (random: Random): string => {
  const header = {
    alg: random.pick(['HS256', 'RS256', 'ES256']),
    typ: 'JWT',
    ...(random.chance(0.3) ? { kid: random.chars(8, HEX) } : {}),
  };
  const claims = {
    sub: random.digits(10),
    name: random.chars(8, LOWER),
    iat: random.int(1_600_000_000, 1_800_000_000),
    ...(random.chance(0.5) ? { scope: 'inference admin' } : {}),
  };
  return `${base64url(header)}.${base64url(claims)}.${random.chars(random.pick([43, 86, 342]), BASE64URL)}`;
};

/** A block between its two lines; the body is noise of the usual shape. */
export const pem = (random: Random): string => {
  const name = `${random.pick(['', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED ', 'DSA '])}PRIVATE KEY`;
  const lines = Array.from({ length: random.int(3, 26) }, () => random.chars(64, BASE64));
  const body = [...lines, `${random.chars(random.int(10, 60), BASE64)}==`];
  if (random.chance(0.1))
    body.unshift('Proc-Type: 4,ENCRYPTED', `DEK-Info: AES-128-CBC,${random.chars(32, UPPER_DIGITS)}`, '');
  return [`-----BEGIN ${name}-----`, ...body, `-----END ${name}-----`].join(random.chance(0.15) ? '\r\n' : '\n');
};

const pgp = (random: Random): string => {
  const lines = Array.from({ length: random.int(5, 20) }, () => random.chars(64, BASE64));
  const name = 'PGP PRIVATE KEY BLOCK';
  return [`-----BEGIN ${name}-----`, '', ...lines, `=${random.chars(4, BASE64)}`, `-----END ${name}-----`].join('\n');
};

/** The part of a Slack webhook's address that must not be known. */
export const slackHook = (random: Random): string =>
  `T${random.chars(10, UPPER_DIGITS)}/B${random.chars(10, UPPER_DIGITS)}/${random.chars(24, ALNUM)}`;

/** What stands behind `Bearer `. */
export const bearerToken = (random: Random): string =>
  random.pick([
    () => random.chars(random.int(24, 64), BASE64URL),
    () => random.chars(40, HEX),
    () => `${random.chars(8, LOWER)}.${random.chars(24, ALNUM)}`,
    () => `${random.chars(43, BASE64)}=`,
    () => jwt(random),
    () => VENDOR_KEYS[random.pick(Object.keys(VENDOR_KEYS))]?.(random) ?? '',
  ])();

/** What stands behind `Basic `. */
export const basicPair = (random: Random): string =>
  Buffer.from(
    `${random.pick(['admin', 'svc-deploy', 'root', 'api'])}:${random.chars(random.int(10, 18), ALNUM)}`,
  ).toString('base64');

const BOTH = ['zh', 'en'] as const;

export const SECRET_MAKERS: readonly Maker[] = [
  {
    type: 'secrets.vendor-key',
    languages: BOTH,
    disguises: ['zero-width'],
    make: (random) => VENDOR_KEYS[random.pick(Object.keys(VENDOR_KEYS))]?.(random) ?? '',
    labels: {
      zh: ['密钥', 'API密钥', '访问密钥', 'token', '令牌', '我的key'],
      en: ['API key', 'key', 'token', 'access key', 'credential', 'my key is'],
    },
    keys: ['api_key', 'apiKey', 'token', 'access_token', 'key', 'credential'],
  },
  {
    type: 'secrets.jwt',
    languages: BOTH,
    make: jwt,
    disguises: ['zero-width'],
    labels: { zh: ['令牌', 'JWT', '登录凭证', 'token'], en: ['JWT', 'token', 'id_token', 'session', 'access token'] },
    keys: ['id_token', 'access_token', 'jwt', 'session', 'token'],
  },
  {
    type: 'secrets.pem',
    languages: BOTH,
    make: (random) => (random.chance(0.1) ? pgp(random) : pem(random)),
    disguises: [],
    labels: { zh: ['私钥', '证书私钥', 'SSH私钥'], en: ['private key', 'key', 'deploy key', 'SSH key'] },
    keys: ['private_key', 'privateKey', 'tls.key', 'ssh_key'],
  },
];
