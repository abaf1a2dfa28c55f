import { createHmac } from 'node:crypto';
import { createMinuteLimit, type ProviderKind, type Told } from './provider.ts';

const HOUR_MS = 3_600_000;
const ok = (body: unknown, text: string): Told => ({ status: 200, body, taken: { to: 'room', text } });
const json = (body: unknown): Told => ({ status: 200, body });

/** DingTalk's robot with the settings "signature" and, where given, "keyword". */
export const dingtalk = ({
  accessToken,
  secret,
  keyword,
}: {
  readonly accessToken: string;
  readonly secret: string;
  readonly keyword?: string;
}): ProviderKind => {
  const isLimited = createMinuteLimit(20);
  const limited = () => json({ errcode: 130101, errmsg: 'send too fast, exceed 20 times per minute' });
  const refused = (why: string) =>
    json({
      errcode: 310000,
      errmsg: `${why}, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]`,
    });
  return {
    answer({ url, body, now, headers }) {
      if (url.pathname !== '/robot/send') return { status: 404, body: '' };
      if (!headers['content-type']?.startsWith('application/json'))
        return json({ errcode: 43004, errmsg: '无效的HTTP HEADER Content-Type' });
      const query = url.searchParams;
      if (query.get('access_token') !== accessToken) return json({ errcode: 300001, errmsg: 'token is not exist' });
      const timestamp = query.get('timestamp') ?? '';
      const sign = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
      if (!(Math.abs(now - Number(timestamp)) <= HOUR_MS)) return refused('invalid timestamp');
      if (query.get('sign') !== sign) return refused('sign not match');
      const message = JSON.parse(body);
      const text = String(message.text?.content ?? '');
      if (message.msgtype !== 'text' || text === '') return json({ errcode: 400105, errmsg: 'unsupported msgtype' });
      if (keyword !== undefined && !text.includes(keyword)) return refused('keywords not in content');
      if (isLimited('room', now)) return limited();
      return ok({ errcode: 0, errmsg: 'ok' }, text);
    },
    limited,
  };
};

/** WeCom's robot. */
export const wecom = ({ key }: { readonly key: string }): ProviderKind => {
  const isLimited = createMinuteLimit(20);
  const limited = () =>
    json({ errcode: 45009, errmsg: 'api freq out of limit, hint: [1700000000], from ip: 127.0.0.1' });
  return {
    answer({ url, body, now }) {
      if (url.pathname !== '/cgi-bin/webhook/send') return { status: 404, body: '' };
      if (url.searchParams.get('key') !== key)
        return json({ errcode: 93000, errmsg: 'invalid webhook url, hint: [1700000000], from ip: 127.0.0.1' });
      const message = JSON.parse(body);
      const text = String(message[message.msgtype]?.content ?? '');
      const max: Readonly<Record<string, number>> = { text: 2048, markdown: 4096 };
      const room = max[message.msgtype];
      if (room === undefined) return json({ errcode: 40008, errmsg: 'invalid message type' });
      if (Buffer.byteLength(text) > room) return json({ errcode: 40058, errmsg: 'content exceed max length' });
      if (isLimited('room', now)) return limited();
      return ok({ errcode: 0, errmsg: 'ok' }, text);
    },
    limited,
  };
};

/** Feishu's (Lark's) robot with the setting "signature". */
export const feishu = ({ hook, secret }: { readonly hook: string; readonly secret: string }): ProviderKind => {
  const isLimited = createMinuteLimit(100);
  const limited = () =>
    json({ code: 11232, data: {}, msg: 'frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]' });
  return {
    answer({ url, body, now }) {
      if (url.pathname !== `/open-apis/bot/v2/hook/${hook}`)
        return json({ code: 19001, data: {}, msg: 'param invalid: incoming webhook access token invalid' });
      if (Buffer.byteLength(body) > 20_480) return json({ code: 9499, data: {}, msg: 'Bad Request' });
      const message = JSON.parse(body);
      const timestamp = String(message.timestamp ?? '');
      const sign = createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64');
      if (!(Math.abs(now / 1000 - Number(timestamp)) <= 3600) || message.sign !== sign)
        return json({
          code: 19021,
          data: {},
          msg: 'sign match fail or timestamp is not within one hour from current time',
        });
      const text = String(message.content?.text ?? '');
      if (message.msg_type !== 'text' || text === '') return json({ code: 9499, data: {}, msg: 'Bad Request' });
      if (isLimited('room', now)) return limited();
      return ok({ StatusCode: 0, StatusMessage: 'success', code: 0, data: {}, msg: 'success' }, text);
    },
    limited,
  };
};
