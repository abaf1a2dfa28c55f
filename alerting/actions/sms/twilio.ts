import { readNotifierOptions } from '../../../core/config/notifier-options.ts';
import { createSecret } from '../../../core/config/secret-file.ts';
import { definePlugin } from '../../../core/plugins/plugin.ts';
import {
  type Answer,
  ask,
  type CodeRow,
  judgeCode,
  judgeStatus,
  type NotTaken,
  openWay,
  readMapping,
  UNREADABLE,
} from '../notifier/ask.ts';
import type { NotifierPlugin, Receipt } from '../notifier/notifier.ts';
import { smsText } from './sms-text.ts';

/** https://www.twilio.com/docs/api/errors; a code that is not here is judged by its status. */
const CODES: Readonly<Record<string, CodeRow>> = {
  20003: { kind: 'rejected', means: 'accountSid or the token is wrong' },
  20404: { kind: 'rejected', means: 'no such account' },
  20429: { kind: 'busy', means: 'too many requests' },
  21211: { kind: 'rejected', means: 'the number is not valid' },
  21408: { kind: 'rejected', means: 'the account may not send to that country' },
  21606: { kind: 'rejected', means: '`from` cannot send' },
  21608: { kind: 'rejected', means: 'a trial account sends to verified numbers only' },
  21610: { kind: 'rejected', means: 'the recipient has replied STOP' },
  21611: { kind: 'busy', means: 'the queue of the sender is full' },
  21614: { kind: 'rejected', means: 'the number gets no SMS' },
  21617: { kind: 'rejected', means: 'the text is too long' },
  30022: { kind: 'busy', means: 'the rate of the sender is exceeded' },
};

/**
 * Twilio's Messages resource (https://www.twilio.com/docs/messaging/api/message-resource). It has no key for idempotency:
 * whether a message is repeated is decided by who sends it, see courier/.
 */
export const twilioNotifier: NotifierPlugin<ReturnType<typeof parse>> = definePlugin({
  manifest: { id: 'notifier.twilio', kind: 'notifier', summary: 'SMS through Twilio.' },
  config: (raw) => parse(raw),
  async start({ config, ...context }) {
    const { accountSid, authTokenFile, from, messagingServiceSid, maxParts, baseUrl, caFile } = config;
    const token = createSecret(authTokenFile, 'authTokenFile');
    const egress = openWay(context, 'sms', caFile);
    const url = `${baseUrl.replace(/\/+$/, '')}/2010-04-01/Accounts/${accountSid}/Messages.json`;
    const sender = from === undefined ? { MessagingServiceSid: messagingServiceSid ?? '' } : { From: from };
    return {
      addressing: 'each',
      async send(note, [to = ''], signal) {
        const headers = {
          authorization: `Basic ${Buffer.from(`${accountSid}:${token()}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
        };
        const body = new URLSearchParams({ To: to, ...sender, Body: smsText(note, maxParts) }).toString();
        return judge(await ask(egress, url, { method: 'POST', headers, body }, signal));
      },
      stop: () => egress.close(),
    };
  },
});

const parse = (raw: unknown) => readNotifierOptions('twilio', raw);

const judge = (answer: Answer): Receipt => {
  if (answer.kind !== 'answered') return answer;
  const { status, text } = answer;
  const body = readMapping(text);
  const failure = judgeStatus(status);
  if (failure !== undefined) {
    const code = String(body?.code ?? '');
    return CODES[code] === undefined ? withCode(failure, code) : judgeCode(code, CODES[code]);
  }
  // Taken, as far as its queue: delivery would be told to a callback URL, which nothing here can be reached by.
  if (typeof body?.sid !== 'string') return UNREADABLE;
  return body.status === 'failed' || body.status === 'undelivered'
    ? judgeCode(String(body.error_code ?? body.status), undefined)
    : { kind: 'accepted' };
};

const withCode = (failure: NotTaken, code: string): Receipt => ({
  ...failure,
  reason: /^\d+$/.test(code) ? `${failure.reason}, code ${code}` : failure.reason,
});
