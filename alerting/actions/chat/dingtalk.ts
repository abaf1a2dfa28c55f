import { readNotifierOptions } from '../../../core/config/notifier-options.ts';
import { createSecret } from '../../../core/config/secret-file.ts';
import { definePlugin } from '../../../core/plugins/plugin.ts';
import { ask, type CodeRow, openWay } from '../notifier/ask.ts';
import type { NotifierPlugin } from '../notifier/notifier.ts';
import { judgeRobot } from './robot-answer.ts';
import { signDingTalk } from './robot-signature.ts';
import { keyOf, roomText } from './room-text.ts';

/** https://open.dingtalk.com/document/robots/custom-robot-access: 20 messages a minute, then ten minutes nothing. */
const CODES: Readonly<Record<string, CodeRow>> = {
  '-1': { kind: 'busy', means: 'an error there' },
  130101: { kind: 'busy', means: 'more than 20 messages in a minute' },
  410100: { kind: 'busy', means: 'more than 20 messages in a minute' },
  300001: { kind: 'rejected', means: 'no such access token' },
  310000: { kind: 'rejected', means: 'signature, time, keyword or address does not pass the settings of the robot' },
  400013: { kind: 'rejected', means: 'the group was dissolved' },
  400101: { kind: 'rejected', means: 'no such access token' },
  400102: { kind: 'rejected', means: 'the robot is stopped' },
};
const MAX_BYTES = 18_000;

/** A robot in a DingTalk group. */
export const dingtalkNotifier: NotifierPlugin<ReturnType<typeof parse>> = definePlugin({
  manifest: { id: 'notifier.dingtalk', kind: 'notifier', summary: 'A robot in a DingTalk group.' },
  config: (raw) => parse(raw),
  async start({ config, now, ...context }) {
    const token = createSecret(config.accessTokenFile, 'accessTokenFile');
    const secret = config.secretFile === undefined ? undefined : createSecret(config.secretFile, 'secretFile');
    const egress = openWay(context, 'webhook', config.caFile);
    return {
      addressing: 'room',
      async send(note, to, signal) {
        const query = new URLSearchParams({
          access_token: keyOf(token(), (url) => url.searchParams.get('access_token')),
        });
        if (secret !== undefined) {
          const timestamp = now();
          query.set('timestamp', String(timestamp));
          query.set('sign', signDingTalk(secret(), timestamp));
        }
        const people = to.filter((name) => name !== 'all');
        // Only who is named in the text too is mentioned.
        const names = people.map((name) => ` @${name}`).join('');
        const body = JSON.stringify({
          msgtype: 'text',
          text: { content: `${roomText(note, MAX_BYTES)}${names}` },
          at: { atMobiles: people, isAtAll: to.includes('all') },
        });
        const headers = { 'content-type': 'application/json; charset=utf-8' };
        const url = `${new URL(config.baseUrl).origin}/robot/send?${query}`;
        return judgeRobot(await ask(egress, url, { method: 'POST', headers, body }, signal), 'errcode', CODES);
      },
      stop: () => egress.close(),
    };
  },
});

const parse = (raw: unknown) => readNotifierOptions('dingtalk', raw);
