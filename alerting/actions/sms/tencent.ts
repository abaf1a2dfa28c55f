import { readNotifierOptions } from '../../../core/config/notifier-options.ts';
import { createSecret } from '../../../core/config/secret-file.ts';
import { definePlugin } from '../../../core/plugins/plugin.ts';
import {
  type Answer,
  ask,
  asMapping,
  type CodeRow,
  judgeCode,
  judgeStatus,
  openWay,
  readMapping,
  UNREADABLE,
} from '../notifier/ask.ts';
import { fillParameter, wordsOf } from '../notifier/fill.ts';
import type { NotifierPlugin, Receipt } from '../notifier/notifier.ts';
import { signTc3, TC3_CONTENT_TYPE } from './tc3-signature.ts';

/** https://cloud.tencent.com/document/api/382/55981 (SendSms, its error codes) and those every API of theirs has. */
const CODES: Readonly<Record<string, CodeRow>> = {
  'AuthFailure.SignatureFailure': { kind: 'rejected', means: 'secretId or its key is wrong' },
  'AuthFailure.SecretIdNotFound': { kind: 'rejected', means: 'no such secretId' },
  'AuthFailure.SignatureExpire': { kind: 'rejected', means: 'the clock of this machine is wrong' },
  'AuthFailure.UnauthorizedOperation': { kind: 'rejected', means: 'the key may not send SMS' },
  'FailedOperation.SignatureIncorrectOrUnapproved': { kind: 'rejected', means: 'signName is not approved' },
  'FailedOperation.TemplateIncorrectOrUnapproved': { kind: 'rejected', means: 'the template is not approved' },
  'FailedOperation.TemplateParamSetNotMatchApprovedTemplate': {
    kind: 'rejected',
    means: 'templateParams does not fit the template',
  },
  'FailedOperation.InsufficientBalanceInSmsPackage': { kind: 'rejected', means: 'no credit left' },
  'FailedOperation.PhoneNumberInBlacklist': { kind: 'rejected', means: 'the recipient refuses messages' },
  'FailedOperation.ContainSensitiveWord': { kind: 'rejected', means: 'a parameter holds a forbidden word' },
  'InvalidParameterValue.IncorrectPhoneNumber': { kind: 'rejected', means: 'the number is not valid' },
  'InvalidParameterValue.TemplateParameterLengthLimit': {
    kind: 'rejected',
    means: 'a parameter is too long; lower maxParamCharacters',
  },
  'InvalidParameterValue.TemplateParameterFormatError': {
    kind: 'rejected',
    means: 'a parameter has a form that the template forbids',
  },
  'UnauthorizedOperation.SmsSdkAppIdVerifyFail': { kind: 'rejected', means: 'smsSdkAppId is wrong' },
};

/** Codes come in families, and these say that it may go well later. */
const FAMILIES: readonly (readonly [string, CodeRow])[] = [
  ['LimitExceeded', { kind: 'busy', means: 'too many messages' }],
  ['RequestLimitExceeded', { kind: 'busy', means: 'too many requests' }],
  ['ResourceUnavailable', { kind: 'busy', means: 'out of service' }],
  ['InternalError', { kind: 'doubtful', means: 'an error there' }],
];

/** Tencent Cloud SMS, `SendSms` of 2021-01-11: an approved template, only its parameters are ours. */
export const tencentNotifier: NotifierPlugin<ReturnType<typeof parse>> = definePlugin({
  manifest: { id: 'notifier.tencent', kind: 'notifier', summary: 'SMS through Tencent Cloud.' },
  config: (raw) => parse(raw),
  async start({ config, now, ...context }) {
    const { secretId, region, smsSdkAppId, signName, templateId, templateParams, maxParamCharacters } = config;
    const secret = createSecret(config.secretKeyFile, 'secretKeyFile');
    const egress = openWay(context, 'sms', config.caFile);
    const { origin, host } = new URL(config.baseUrl);
    return {
      addressing: 'each',
      async send(note, [to = ''], signal) {
        const words = wordsOf(note, to, note.text);
        const body = JSON.stringify({
          PhoneNumberSet: [to],
          SmsSdkAppId: smsSdkAppId,
          ...(signName === undefined ? {} : { SignName: signName }),
          TemplateId: templateId,
          TemplateParamSet: templateParams.map((template) => fillParameter(template, words, maxParamCharacters)),
          // Comes back with the answer; they do not use it against repetitions.
          SessionContext: note.id,
        });
        const action = 'SendSms';
        const nowMs = now();
        const headers = {
          authorization: signTc3({ secretId, secretKey: secret(), service: 'sms', host, action, body, nowMs }),
          'content-type': TC3_CONTENT_TYPE,
          'x-tc-action': action,
          'x-tc-version': '2021-01-11',
          'x-tc-timestamp': String(Math.floor(nowMs / 1000)),
          'x-tc-region': region,
        };
        return judge(await ask(egress, `${origin}/`, { method: 'POST', headers, body }, signal));
      },
      stop: () => egress.close(),
    };
  },
});

const parse = (raw: unknown) => readNotifierOptions('tencent', raw);

const judge = (answer: Answer): Receipt => {
  if (answer.kind !== 'answered') return answer;
  const response = asMapping(readMapping(answer.text)?.Response);
  const statuses = Array.isArray(response?.SendStatusSet) ? response.SendStatusSet : [];
  // Everything comes with HTTP 200: a refused request as `Error`, a refused number as its status.
  const code = asMapping(response?.Error)?.Code ?? asMapping(statuses[0])?.Code;
  if (typeof code !== 'string') return judgeStatus(answer.status) ?? UNREADABLE;
  return code === 'Ok' ? { kind: 'accepted' } : judgeCode(code, CODES[code] ?? familyOf(code));
};

const familyOf = (code: string): CodeRow | undefined =>
  FAMILIES.find(([family]) => code === family || code.startsWith(`${family}.`))?.[1];
