import { createHash, createHmac } from 'node:crypto';
import { type Asked, createMinuteLimit, type ProviderKind, type Told } from './provider.ts';

interface Options {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly signName: string;
  readonly templateCode: string;
  /** The approved text, with `${name}` for each parameter. */
  readonly template: string;
  readonly perMinute?: number;
}

const REQUEST_ID = 'F655A8D5-B967-440B-8683-DAD6FF8DE990';

/** Alibaba Cloud SMS: `SendSms` of 2017-05-25 behind their signature of version 3, which is checked here by itself. */
export const aliyun = (options: Options): ProviderKind => {
  const isLimited = createMinuteLimit(options.perMinute ?? 60);
  const nonces = new Set<string>();
  return {
    answer(asked) {
      const refused = refuseCall(asked, options, nonces);
      if (refused !== undefined) return refused;
      const query = asked.url.searchParams;
      const to = query.get('PhoneNumbers') ?? '';
      const problem = judgeMessage(query, options);
      if (problem !== undefined) return business(problem, 'see the code');
      if (isLimited(to, asked.now)) return tooMany();
      const parameters: Record<string, string> = JSON.parse(query.get('TemplateParam') ?? '{}');
      const text = options.template.replace(/\$\{(\w+)\}/g, (_, name: string) => parameters[name] ?? '');
      return {
        status: 200,
        body: { Message: 'OK', RequestId: REQUEST_ID, BizId: '9006197469364984400', Code: 'OK' },
        taken: { to, text: `【${options.signName}】${text}` },
      };
    },
    limited: () => tooMany(),
  };
};

const tooMany = () => business('isv.BUSINESS_LIMIT_CONTROL', '触发分钟级流控Permits:1');

const business = (code: string, message: string): Told => ({
  status: 200,
  body: { Message: message, RequestId: REQUEST_ID, Code: code },
});

const gatewayError = (status: number, code: string, message: string): Told => ({
  status,
  body: { RequestId: REQUEST_ID, HostId: 'dysmsapi.aliyuncs.com', Code: code, Message: message, Recommend: '' },
});

const refuseCall = (asked: Asked, options: Options, nonces: Set<string>): Told | undefined => {
  const header = (name: string) => String(asked.headers[name] ?? '');
  const [, keyId, names = '', signature] =
    /^ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$/.exec(
      header('authorization'),
    ) ?? [];
  if (signature === undefined)
    return gatewayError(400, 'IncompleteSignature', 'The request signature does not conform.');
  if (keyId !== options.accessKeyId)
    return gatewayError(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
  if (header('x-acs-action') !== 'SendSms' || header('x-acs-version') !== '2017-05-25')
    return gatewayError(404, 'InvalidAction.NotFound', 'Specified api is not found.');
  const age = Math.abs(asked.now - Date.parse(header('x-acs-date')));
  if (!(age <= 900_000)) return gatewayError(400, 'InvalidTimeStamp.Expired', 'Specified time stamp is expired.');
  if (
    header('x-acs-content-sha256') !== sha256(asked.body) ||
    sign(asked, names, options.accessKeySecret) !== signature
  )
    return gatewayError(400, 'SignatureDoesNotMatch', 'Specified signature is not matched with our calculation.');
  const nonce = header('x-acs-signature-nonce');
  if (nonces.has(nonce)) return gatewayError(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.');
  nonces.add(nonce);
  return undefined;
};

const sign = ({ method, url, headers, body }: Asked, names: string, secret: string): string => {
  // From the parameters as they arrived, decoded and encoded anew: what was signed must be what was meant.
  const query = [...url.searchParams.entries()]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${percent(name)}=${percent(value)}`)
    .join('&');
  const lines = names.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`);
  const request = [method, url.pathname, query, lines.join(''), names, sha256(body)].join('\n');
  return createHmac('sha256', secret)
    .update(`ACS3-HMAC-SHA256\n${sha256(request)}`)
    .digest('hex');
};

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

const percent = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) =>
      /[A-Za-z0-9\-_.~]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');

const judgeMessage = (query: URLSearchParams, options: Options): string | undefined => {
  if (!/^(1\d{10}|[2-9]\d{6,14})$/.test(query.get('PhoneNumbers') ?? '')) return 'isv.MOBILE_NUMBER_ILLEGAL';
  if (query.get('SignName') !== options.signName) return 'isv.SMS_SIGNATURE_ILLEGAL';
  if (query.get('TemplateCode') !== options.templateCode) return 'isv.SMS_TEMPLATE_ILLEGAL';
  const given: Record<string, unknown> = JSON.parse(query.get('TemplateParam') ?? '{}');
  const wanted = Array.from(options.template.matchAll(/\$\{(\w+)\}/g), ([, name = '']) => name);
  if (wanted.some((name) => typeof given[name] !== 'string' || given[name] === ''))
    return 'isv.TEMPLATE_MISSING_PARAMETERS';
  const values = Object.values(given).map(String);
  if (values.some((value) => Array.from(value).length > 35)) return 'isv.PARAM_LENGTH_LIMIT';
  return values.some((value) => /https?:/.test(value)) ? 'isv.PARAM_NOT_SUPPORT_URL' : undefined;
};
