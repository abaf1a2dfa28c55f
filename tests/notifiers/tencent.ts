import { createHash, createHmac } from 'node:crypto';
import { type Asked, createMinuteLimit, type ProviderKind, type Told } from './provider.ts';

interface Options {
  readonly secretId: string;
  readonly secretKey: string;
  readonly smsSdkAppId: string;
  readonly signName: string;
  readonly templateId: string;
  /** The approved text, with `{1}`, `{2}` … for its parameters. */
  readonly template: string;
  readonly perMinute?: number;
}

const REQUEST_ID = 'a0aabda6-cf91-4f3e-a81f-9198114a2279';

/** Tencent Cloud SMS: `SendSms` of 2021-01-11 behind TC3-HMAC-SHA256, which is checked here by itself. */
export const tencent = (options: Options): ProviderKind => {
  const isLimited = createMinuteLimit(options.perMinute ?? 60);
  return {
    answer(asked) {
      const refused = refuseCall(asked, options);
      if (refused !== undefined) return refused;
      const body = JSON.parse(asked.body);
      const [to = ''] = body.PhoneNumberSet;
      if (body.SmsSdkAppId !== options.smsSdkAppId)
        return error('UnauthorizedOperation.SmsSdkAppIdVerifyFail', 'SmsSdkAppId verify fail');
      const code = isLimited(to, asked.now) ? 'LimitExceeded.PhoneNumberThirtySecondLimit' : judge(to, body, options);
      if (code !== undefined) return status(to, body, code, 'refused');
      const text = options.template.replace(/\{(\d+)\}/g, (_, n: string) => body.TemplateParamSet[Number(n) - 1] ?? '');
      return { ...status(to, body, 'Ok', 'send success'), taken: { to, text: `【${options.signName}】${text}` } };
    },
    limited: ({ body }) => {
      const message = JSON.parse(body);
      const code = 'LimitExceeded.PhoneNumberThirtySecondLimit';
      return status(message.PhoneNumberSet[0], message, code, 'the number of SMS messages exceeds the limit');
    },
  };
};

const error = (Code: string, Message: string): Told => ({
  status: 200,
  body: { Response: { Error: { Code, Message }, RequestId: REQUEST_ID } },
});

const status = (to: string, body: { SessionContext?: string }, Code: string, Message: string): Told => ({
  status: 200,
  body: {
    Response: {
      SendStatusSet: [
        {
          SerialNo: Code === 'Ok' ? '5000:1045710669157053657849499619' : '',
          PhoneNumber: to,
          Fee: Code === 'Ok' ? 1 : 0,
          SessionContext: body.SessionContext ?? '',
          Code,
          Message,
          IsoCode: 'CN',
        },
      ],
      RequestId: REQUEST_ID,
    },
  },
});

const refuseCall = (asked: Asked, { secretId, secretKey }: Options): Told | undefined => {
  const header = (name: string) => String(asked.headers[name] ?? '');
  const [, id, date = '', service = '', names = '', signature] =
    /^TC3-HMAC-SHA256 Credential=([^/]+)\/([\d-]+)\/(\w+)\/tc3_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      header('authorization'),
    ) ?? [];
  if (signature === undefined) return error('AuthFailure.InvalidAuthorization', 'Authorization is invalid.');
  if (id !== secretId) return error('AuthFailure.SecretIdNotFound', 'The SecretId is not found.');
  if (header('x-tc-action') !== 'SendSms' || header('x-tc-version') !== '2021-01-11')
    return error('InvalidAction', 'The request action is invalid or not found.');
  if (header('x-tc-region') === '')
    return error('MissingParameter', 'The request is missing a required parameter `X-TC-Region`.');
  const timestamp = Number(header('x-tc-timestamp'));
  if (!(Math.abs(asked.now / 1000 - timestamp) <= 300))
    return error('AuthFailure.SignatureExpire', 'Signature expired: not within five minutes of the server.');
  if (!['content-type', 'host'].every((name) => names.split(';').includes(name)))
    return error('AuthFailure.SignatureFailure', 'content-type and host must be signed.');
  const lines = names.split(';').map((name) => {
    const value = header(name).trim();
    // Names and values are in lower case in what is signed.
    return `${name}:${name === 'content-type' || name === 'host' ? value : value.toLowerCase()}\n`;
  });
  const request = [asked.method, asked.url.pathname, '', lines.join(''), names, sha256(asked.body)].join('\n');
  const text = `TC3-HMAC-SHA256\n${timestamp}\n${date}/${service}/tc3_request\n${sha256(request)}`;
  let key: Buffer = Buffer.from(`TC3${secretKey}`);
  for (const part of [new Date(timestamp * 1000).toISOString().slice(0, 10), 'sms', 'tc3_request'])
    key = createHmac('sha256', key).update(part).digest();
  if (createHmac('sha256', key).update(text).digest('hex') === signature) return undefined;
  return error('AuthFailure.SignatureFailure', 'The provided credentials could not be validated.');
};

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

interface Body {
  readonly SignName?: string;
  readonly TemplateId?: string;
  readonly TemplateParamSet?: readonly string[];
}

const judge = (
  to: string,
  { SignName, TemplateId, TemplateParamSet = [] }: Body,
  options: Options,
): string | undefined => {
  if (!/^\+[1-9]\d{6,14}$/.test(to) || (to.startsWith('+86') && !/^\+861\d{10}$/.test(to)))
    return 'InvalidParameterValue.IncorrectPhoneNumber';
  if (SignName !== options.signName) return 'FailedOperation.SignatureIncorrectOrUnapproved';
  if (TemplateId !== options.templateId) return 'FailedOperation.TemplateIncorrectOrUnapproved';
  const wanted = new Set(options.template.match(/\{\d+\}/g)).size;
  if (TemplateParamSet.length !== wanted) return 'FailedOperation.TemplateParamSetNotMatchApprovedTemplate';
  const isLong = TemplateParamSet.some((value) => Array.from(value).length > 6);
  return isLong ? 'InvalidParameterValue.TemplateParameterLengthLimit' : undefined;
};
