import { readNotifierOptions } from '../../../core/config/notifier-options.ts';
import { createSecret } from '../../../core/config/secret-file.ts';
import { definePlugin } from '../../../core/plugins/plugin.ts';
import { ask, type CodeRow, openWay } from '../notifier/ask.ts';
import type { NotifierPlugin } from '../notifier/notifier.ts';
import { judgeRobot } from './robot-answer.ts';
import { signFeishu } from './robot-signature.ts';
import { keyOf, roomText } from './room-text.ts';

/** https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: 100 messages a minute and 5 a second. */
const CODES: Readonly<Record<string, CodeRow>> = {
  9499: { kind: 'rejected', means: 'a request it does not understand' },
  11232: { kind: 'busy', means: 'too many messages' },
  11233: { kind: 'busy', means: 'too many messages in this group' },
  19001: { kind: 'rejected', means: 'no such hook' },
  19002: { kind: 'rejected', means: 'a parameter is not valid' },
  19021: { kind: 'rejected', means: 'the secret is wrong, or the clock of this machine' },
  19022: { kind: 'rejected', means: 'the robot does not take requests from this address' },
  19024: { kind: 'rejected', means: 'the robot wants a keyword that the message lacks' },
};
/** Of a request of 20 KB, whose signs are escaped. */
const MAX_BYTES = 9000;

/** A robot in a Feishu or Lark group. */
export const feishuNotifier: NotifierPlugin<ReturnType<typeof parse>> = definePlugin({
  manifest: { id: 'notifier.feishu', kind: 'notifier', summary: 'A robot in a Feishu or Lark group.' },
  config: (raw) => parse(raw),
  async start({ config, now, ...context }) {
    const hook = createSecret(config.hookFile, 'hookFile');
    const secret = config.secretFile === undefined ? undefined : createSecret(config.secretFile, 'secretFile');
    const egress = openWay(context, 'webhook', config.caFile);
    return {
      addressing: 'room',
      async send(note, to, signal) {
        const timestamp = Math.floor(now() / 1000);
        const signed =
          secret === undefined ? {} : { timestamp: String(timestamp), sign: signFeishu(secret(), timestamp) };
        const names = to.map((name) => ` <at user_id="${name.replace(/["<>]/g, '')}"></at>`).join('');
        const text = `${roomText(note, MAX_BYTES).replace(/</g, '＜')}${names}`;
        const body = JSON.stringify({ ...signed, msg_type: 'text', content: { text } });
        const id = keyOf(hook(), (url) => url.pathname.split('/').at(-1));
        const url = `${new URL(config.baseUrl).origin}/open-apis/bot/v2/hook/${encodeURIComponent(id)}`;
        const headers = { 'content-type': 'application/json; charset=utf-8' };
        return judgeRobot(await ask(egress, url, { method: 'POST', headers, body }, signal), 'code', CODES);
      },
      stop: () => egress.close(),
    };
  },
});

const parse = (raw: unknown) => readNotifierOptions('feishu', raw);
