import { readNotifierOptions } from '../../../core/config/notifier-options.ts';
import { createSecret } from '../../../core/config/secret-file.ts';
import { definePlugin } from '../../../core/plugins/plugin.ts';
import { ask, type CodeRow, openWay } from '../notifier/ask.ts';
import type { Note, NotifierPlugin } from '../notifier/notifier.ts';
import { judgeRobot } from './robot-answer.ts';
import { keyOf, roomText } from './room-text.ts';

/** https://developer.work.weixin.qq.com/document/path/91770 and its global error codes: 20 messages a minute. */
const CODES: Readonly<Record<string, CodeRow>> = {
  '-1': { kind: 'busy', means: 'busy' },
  45009: { kind: 'busy', means: 'more than 20 messages in a minute' },
  45033: { kind: 'busy', means: 'too many requests at once' },
  40008: { kind: 'rejected', means: 'a kind of message it does not know' },
  40058: { kind: 'rejected', means: 'a parameter is not valid' },
  45002: { kind: 'rejected', means: 'the text is too long' },
  93000: { kind: 'rejected', means: 'the key is wrong, or the robot was removed' },
};
const MAX_BYTES = { text: 2048, markdown: 4096 } as const;

/** A robot in a WeCom (企业微信) group; the key in its address is all it asks for. */
export const wecomNotifier: NotifierPlugin<ReturnType<typeof parse>> = definePlugin({
  manifest: { id: 'notifier.wecom', kind: 'notifier', summary: 'A robot in a WeCom group.' },
  config: (raw) => parse(raw),
  async start({ config, ...context }) {
    const { format } = config;
    const secret = createSecret(config.keyFile, 'keyFile');
    const egress = openWay(context, 'webhook', config.caFile);
    return {
      addressing: 'room',
      async send(note, to, signal) {
        const key = keyOf(secret(), (url) => url.searchParams.get('key'));
        const url = `${new URL(config.baseUrl).origin}/cgi-bin/webhook/send?${new URLSearchParams({ key })}`;
        const body = JSON.stringify({ msgtype: format, [format]: contentOf(format, note, to) });
        const headers = { 'content-type': 'application/json; charset=utf-8' };
        return judgeRobot(await ask(egress, url, { method: 'POST', headers, body }, signal), 'errcode', CODES);
      },
      stop: () => egress.close(),
    };
  },
});

const parse = (raw: unknown) => readNotifierOptions('wecom', raw);

const contentOf = (format: 'text' | 'markdown', note: Note, to: readonly string[]) => {
  if (format === 'text') {
    const mentioned = to.map((name) => (name === 'all' ? '@all' : name));
    return {
      content: roomText(note, MAX_BYTES.text),
      ...(to.length === 0 ? {} : { mentioned_mobile_list: mentioned }),
    };
  }
  // Markdown mentions by user id within the text.
  const names = to.map((name) => ` <@${name}>`).join('');
  return { content: `${roomText(escaped(note), MAX_BYTES.markdown - Buffer.byteLength(names))}${names}` };
};

/** What an alert says must not become a heading, a link or a mention. */
const escaped = (note: Note): Note => ({ ...note, title: escapeMarkdown(note.title), text: escapeMarkdown(note.text) });

const escapeMarkdown = (text: string): string => text.replace(/[\\`*_[\]<>#]/g, (sign) => `\\${sign}`);
