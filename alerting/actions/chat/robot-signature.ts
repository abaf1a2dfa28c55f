import { createHmac } from 'node:crypto';

/** DingTalk (https://open.dingtalk.com/document/robots/customize-robot-security-settings): time in milliseconds, keyed with the secret. */
export const signDingTalk = (secret: string, timestampMs: number): string =>
  createHmac('sha256', secret).update(`${timestampMs}\n${secret}`).digest('base64');

/** Feishu and Lark (https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot): time in seconds, and the text is the key of nothing. */
export const signFeishu = (secret: string, timestampSeconds: number): string =>
  createHmac('sha256', `${timestampSeconds}\n${secret}`).digest('base64');
