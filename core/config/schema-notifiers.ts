import { z } from 'zod';
import { milliseconds, name, setting } from './setting.ts';

/** A file with a secret and nothing else, relative to the configuration file; read again when it changes. */
const secretFile = z.string().min(1).meta({ expected: 'the path of a file' });
const webUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => URL.parse(url)?.username === '' && URL.parse(url)?.password === '')
  .meta({ expected: 'an http or https URL without user and password' });
const expression = z
  .string()
  .min(1)
  .max(1000)
  .refine((text) => isExpression(text))
  .meta({ expected: 'a regular expression' });
const statuses = z.array(z.int().min(100).max(599)).min(1);
const texts = z.record(z.string().min(1), z.string());

const isExpression = (text: string): boolean => {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
};

/** Where a service is asked for; another one for a proxy, a region or a test. */
const service = (address: string) => ({
  baseUrl: webUrl.default(address),
  /** PEM file of the authority that signed the certificate there. */
  caFile: secretFile.optional(),
});
/** Most parts of one SMS: of 160 and 153 GSM characters, or of 70 and 67 others. */
const maxParts = z.int().min(1).max(10).default(3);
/** Longest value of one parameter of a template; the rest is cut. */
const maxParamCharacters = (usual: number) => z.int().min(1).max(500).default(usual);

/** The options of each notifier of ours. What is secret is in files, whose names end in `File` or stand under `secretFiles`. */
export const NOTIFIER_OPTIONS = {
  http: z.strictObject({
    url: webUrl,
    method: z.enum(['POST', 'PUT', 'GET']).default('POST'),
    /** Values of these four may hold `{to}`, `{text}`, …, and `{secret.NAME}` of `secretFiles`. */
    headers: texts.default({}),
    query: texts.default({}),
    form: texts.optional(),
    json: z.record(z.string(), z.unknown()).optional(),
    secretFiles: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,31}$/), secretFile).default({}),
    /** What an answer must be to count as taken. */
    success: z.strictObject({ status: statuses.optional(), body: expression.optional() }).default({}),
    /** What an answer is where the same request may be taken later. */
    busy: z.strictObject({ status: statuses.default([429, 503]), body: expression.optional() }).prefault({}),
    maxParts,
    caFile: secretFile.optional(),
  }),
  twilio: z.strictObject({
    ...service('https://api.twilio.com'),
    accountSid: z
      .string()
      .regex(/^AC[0-9a-f]{32}$/)
      .meta({ expected: '`AC` and 32 hexadecimal digits' }),
    authTokenFile: secretFile,
    from: z.string().min(1).max(32).optional(),
    messagingServiceSid: z
      .string()
      .regex(/^MG[0-9a-f]{32}$/)
      .meta({ expected: '`MG` and 32 hexadecimal digits' })
      .optional(),
    maxParts,
  }),
  aliyun: z.strictObject({
    ...service('https://dysmsapi.aliyuncs.com'),
    accessKeyId: z.string().min(1),
    accessKeySecretFile: secretFile,
    signName: z.string().min(1),
    templateCode: z.string().min(1),
    templateParams: texts,
    maxParamCharacters: maxParamCharacters(35),
  }),
  tencent: z.strictObject({
    ...service('https://sms.tencentcloudapi.com'),
    secretId: z.string().min(1),
    secretKeyFile: secretFile,
    region: z.string().min(1).default('ap-guangzhou'),
    smsSdkAppId: z.string().regex(/^\d+$/).meta({ expected: 'digits, in quotes' }),
    signName: z.string().min(1).optional(),
    templateId: z.string().regex(/^\d+$/).meta({ expected: 'digits, in quotes' }),
    templateParams: z.array(z.string()).default([]),
    maxParamCharacters: maxParamCharacters(6),
  }),
  dingtalk: z.strictObject({
    ...service('https://oapi.dingtalk.com'),
    accessTokenFile: secretFile,
    secretFile: secretFile.optional(),
  }),
  wecom: z.strictObject({
    ...service('https://qyapi.weixin.qq.com'),
    keyFile: secretFile,
    format: z.enum(['text', 'markdown']).default('text'),
  }),
  feishu: z.strictObject({
    ...service('https://open.feishu.cn'),
    hookFile: secretFile,
    secretFile: secretFile.optional(),
  }),
} as const;

export type NotifierUse = keyof typeof NOTIFIER_OPTIONS;
export type NotifierOptions<Use extends NotifierUse> = z.output<(typeof NOTIFIER_OPTIONS)[Use]>;

/** Those that send to phones, each recipient its own message; the others speak in a room. */
export const SMS_NOTIFIERS: ReadonlySet<string> = new Set(['http', 'twilio', 'aliyun', 'tencent']);

/** What the words of a message are called in options. */
export const PLACEHOLDERS = [
  'to',
  'text',
  'title',
  'description',
  'severity',
  'status',
  'url',
  'incident',
  'id',
] as const;

/** Who is told, in this order: the next one where one does not take it. */
export const notifiers = z.array(
  z.strictObject({
    id: setting(name, 'Name in metrics and logs.'),
    use: setting(
      z.string().min(1),
      'http, twilio, aliyun, tencent (SMS), dingtalk, wecom, feishu (chat), or a module that exports a notifier as `plugin`.',
    ),
    to: setting(
      z.array(z.string().min(1)).max(20).default([]),
      'Telephone numbers as in +8613800000000; in a chat the people who are mentioned, or `all`.',
    ),
    options: setting(
      z.record(z.string(), z.unknown()).default({}),
      "The notifier's own, secrets in files; see docs/notifications.md.",
    ),
  }),
);

/** How often people are told, and in which words. */
export const messages = z.strictObject({
  language: setting(z.enum(['en', 'zh']).default('en'), 'Language of what the service adds to the words of an alert.'),
  maxUpdates: setting(
    z.int().min(0).max(100).default(3),
    'Messages about one incident between its first and its last; more news of it is only written down.',
  ),
  updateGapMs: setting(
    milliseconds().default(900_000),
    'Least time between two messages about one incident. What became worse, and the end, need not wait.',
  ),
  perRecipientPerHour: setting(
    z.int().min(2).max(1000).default(20),
    'Most messages to one number or room within an hour; updates and ends get half of them.',
  ),
  timeoutMs: setting(milliseconds(100).default(5000), 'Time for a provider to answer before the next one is asked.'),
});

export type NotifiersConfig = z.output<typeof notifiers>;
export type NotifierConfig = NotifiersConfig[number];
export type MessagesConfig = z.output<typeof messages>;
