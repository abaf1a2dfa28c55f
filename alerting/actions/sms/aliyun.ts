import { randomUUID } from 'node:crypto';
import { readNotifierOptions } from '../../../core/config/notifier-options.ts';
import { createSecret } from '../../../core/config/secret-file.ts';
import { definePlugin } from '../../../core/plugins/plugin.ts';
import {
  type Answer,
  ask,
  type CodeRow,
  judgeCode,
  judgeStatus,
  openWay,
  readMapping,
  UNREADABLE,
} from '../notifier/ask.ts';
import { fillParameter, wordsOf } from '../notifier/fill.ts';
import type { NotifierPlugin, Receipt } from '../notifier/notifier.ts';
import { signAcs3 } from './acs3-signature.ts';

/** https://help.aliyun.com/zh/sms/developer-reference/api-error-codes and the codes every API of theirs has. */
const CODES: Readonly<Record<string, CodeRow>> = {
  'isv.BUSINESS_LIMIT_CONTROL': { kind: 'busy', means: 'too many messages to this number' },
  'isv.DAY_LIMIT_CONTROL': { kind: 'busy', means: 'the limit of the day is reached' },
  'isp.SYSTEM_ERROR': { kind: 'busy', means: 'an error there' },
  'isp.UNKNOWN': { kind: 'doubtful', means: 'an error there' },
  'isp.GATEWAY_ERROR': { kind: 'doubtful', means: 'an error on the way to the operator' },
  'isv.MOBILE_NUMBER_ILLEGAL': { kind: 'rejected', means: 'the number is not valid' },
  'isv.SMS_TEMPLATE_ILLEGAL': { kind: 'rejected', means: 'the template is not approved' },
  'isv.SMS_SIGNATURE_ILLEGAL': { kind: 'rejected', means: 'the signature is not approved' },
  'isv.TEMPLATE_MISSING_PARAMETERS': { kind: 'rejected', means: 'templateParams lacks a parameter of the template' },
  'isv.TEMPLATE_PARAMS_ILLEGAL': { kind: 'rejected', means: 'a parameter has signs that the template forbids' },
  'isv.PARAM_LENGTH_LIMIT': { kind: 'rejected', means: 'a parameter is too long; lower maxParamCharacters' },
  'isv.PARAM_NOT_SUPPORT_URL': { kind: 'rejected', means: 'a parameter holds a link' },
  'isv.BLACK_KEY_CONTROL_LIMIT': { kind: 'rejected', means: 'a parameter holds a forbidden word' },
  'isv.AMOUNT_NOT_ENOUGH': { kind: 'rejected', means: 'no credit left' },
  'isv.OUT_OF_SERVICE': { kind: 'rejected', means: 'no credit left' },
  'isp.RAM_PERMISSION_DENY': { kind: 'rejected', means: 'the key may not send SMS' },
  SignatureDoesNotMatch: { kind: 'rejected', means: 'the secret of the key is wrong' },
  IncompleteSignature: { kind: 'rejected', means: 'the secret of the key is wrong' },
  'InvalidAccessKeyId.NotFound': { kind: 'rejected', means: 'no such accessKeyId' },
  'InvalidTimeStamp.Expired': { kind: 'rejected', means: 'the clock of this machine is wrong' },
  SignatureNonceUsed: { kind: 'doubtful', means: 'the same request came twice' },
  Throttling: { kind: 'busy', means: 'too many requests' },
  'Throttling.User': { kind: 'busy', means: 'too many requests' },
  ServiceUnavailable: { kind: 'busy', means: 'out of service' },
  InternalError: { kind: 'doubtful', means: 'an error there' },
};

/** Alibaba Cloud SMS, `SendSms` of 2017-05-25: an approved template, only its parameters are ours. */
export const aliyunNotifier: NotifierPlugin<ReturnType<typeof parse>> = definePlugin({
  manifest: { id: 'notifier.aliyun', kind: 'notifier', summary: 'SMS through Alibaba Cloud (Aliyun).' },
  config: (raw) => parse(raw),
  async start({ config, now, ...context }) {
    const { accessKeyId, signName, templateCode, templateParams, maxParamCharacters } = config;
    const secret = createSecret(config.accessKeySecretFile, 'accessKeySecretFile');
    const egress = openWay(context, 'sms', config.caFile);
    const { origin, host } = new URL(config.baseUrl);
    return {
      addressing: 'each',
      async send(note, [to = ''], signal) {
        const words = wordsOf(note, to, note.text);
        const parameters = Object.entries(templateParams).map(([name, template]) => [
          name,
          fillParameter(template, words, maxParamCharacters),
        ]);
        const { query, headers } = signAcs3({
          accessKeyId,
          accessKeySecret: secret(),
          host,
          action: 'SendSms',
          version: '2017-05-25',
          query: {
            // Their own form of a Chinese number; with the plus it would be one from abroad.
            PhoneNumbers: to.replace(/^\+86/, '').replace(/^\+/, ''),
            SignName: signName,
            TemplateCode: templateCode,
            TemplateParam: JSON.stringify(Object.fromEntries(parameters)),
            // Comes back in their records and reports; they do not use it against repetitions.
            OutId: note.id,
          },
          nonce: randomUUID(),
          nowMs: now(),
        });
        const request = { method: 'POST', headers: { ...headers, accept: 'application/json' } } as const;
        return judge(await ask(egress, `${origin}/?${query}`, request, signal));
      },
      stop: () => egress.close(),
    };
  },
});

const parse = (raw: unknown) => readNotifierOptions('aliyun', raw);

const judge = (answer: Answer): Receipt => {
  if (answer.kind !== 'answered') return answer;
  const code = readMapping(answer.text)?.Code;
  // Refusals of the business come with HTTP 200.
  if (typeof code === 'string' && code !== 'OK') return judgeCode(code, CODES[code]);
  return judgeStatus(answer.status) ?? (code === 'OK' ? { kind: 'accepted' } : UNREADABLE);
};
