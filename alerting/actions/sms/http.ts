import { readNotifierOptions } from '../../../core/config/notifier-options.ts';
import { createSecret } from '../../../core/config/secret-file.ts';
import { definePlugin } from '../../../core/plugins/plugin.ts';
import { type Answer, ask, judgeStatus, openWay } from '../notifier/ask.ts';
import { fill, fillAll, type Words, wordsOf } from '../notifier/fill.ts';
import type { NotifierPlugin, Receipt } from '../notifier/notifier.ts';
import { smsText } from './sms-text.ts';

type Options = ReturnType<typeof parse>;

/** Any SMS gateway that takes an HTTP request: the operator says what the request looks like and what a success is. */
export const httpNotifier: NotifierPlugin<Options> = definePlugin({
  manifest: { id: 'notifier.http', kind: 'notifier', summary: 'SMS through any gateway with an HTTP interface.' },
  config: (raw) => parse(raw),
  async start({ config, ...context }) {
    const secrets = Object.entries(config.secretFiles).map(
      ([name, file]) => [`secret.${name}`, createSecret(file, `secretFiles.${name}`)] as const,
    );
    const egress = openWay(context, 'sms', config.caFile);
    const judge = createJudge(config);
    return {
      addressing: 'each',
      async send(note, [to = ''], signal) {
        const words = {
          ...wordsOf(note, to, smsText(note, config.maxParts)),
          ...Object.fromEntries(secrets.map(([name, read]) => [name, read()])),
        };
        return judge(await ask(egress, urlOf(config, words), requestOf(config, words), signal));
      },
      stop: () => egress.close(),
    };
  },
});

const parse = (raw: unknown) => readNotifierOptions('http', raw);

const urlOf = ({ url, query }: Options, words: Words): string => {
  const target = new URL(url);
  for (const [name, value] of Object.entries(query)) target.searchParams.append(name, fill(value, words));
  return target.href;
};

const requestOf = ({ method, headers, form, json }: Options, words: Words) => {
  const own = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), headerText(fill(value, words))]),
  );
  if (json !== undefined) {
    const type = { 'content-type': 'application/json; charset=utf-8', ...own };
    return { method, headers: type, body: JSON.stringify(fillAll(json, words)) };
  }
  if (form === undefined) return { method, headers: own };
  const fields = Object.entries(form).map(([name, value]): [string, string] => [name, fill(value, words)]);
  const type = { 'content-type': 'application/x-www-form-urlencoded', ...own };
  return { method, headers: type, body: new URLSearchParams(fields).toString() };
};

/** A title in a header must not become another header, nor fail as one that cannot be sent. */
const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');

const createJudge = ({ success, busy }: Options) => {
  const isSuccess = success.body === undefined ? undefined : new RegExp(success.body, 'u');
  const isBusy = busy.body === undefined ? undefined : new RegExp(busy.body, 'u');
  return (answer: Answer): Receipt => {
    if (answer.kind !== 'answered') return answer;
    const { status, text } = answer;
    if (busy.status.includes(status) || isBusy?.test(text) === true) return { kind: 'busy', reason: `HTTP ${status}` };
    const failure = success.status === undefined ? judgeStatus(status) : undefined;
    if (failure !== undefined) return failure;
    if (success.status !== undefined && !success.status.includes(status))
      return judgeStatus(status) ?? { kind: 'rejected', reason: `HTTP ${status} instead of success.status` };
    if (isSuccess?.test(text) === false)
      return { kind: 'rejected', reason: `HTTP ${status} with a body that success.body does not match` };
    return { kind: 'accepted' };
  };
};
