import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NotifierConfig, NotifierUse } from '../../core/config/schema-notifiers.ts';
import { aliyun } from './aliyun.ts';
import { smsGateway } from './gateway.ts';
import { type Provider, type ProviderKind, startProvider } from './provider.ts';
import { dingtalk, feishu, wecom } from './robots.ts';
import { tencent } from './tencent.ts';
import { twilio } from './twilio.ts';

/** A provider that runs, and the notifier that reaches it. */
export interface Staged {
  readonly provider: Provider;
  /** With its secrets in files. */
  readonly config: NotifierConfig;
}

interface Options {
  /** Where the files with secrets are made. */
  readonly folder: string;
  readonly to?: readonly string[];
  readonly now?: () => number;
  /** `caFile` for whoever asks. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly caFile: string };
}

export const NUMBER = '+8613800000000';
const ACCOUNT = `AC${'0123456789abcdef'.repeat(2)}`;

interface Row {
  readonly kind: () => ProviderKind;
  readonly secrets: Readonly<Record<string, string>>;
  readonly options: (baseUrl: string, file: (name: string) => string) => Readonly<Record<string, unknown>>;
  readonly isRoom?: true;
}

/** One account at each provider; nothing in it is anybody's. */
const ROWS: Readonly<Record<NotifierUse, Row>> = {
  http: {
    kind: () => smsGateway({ token: 'gateway-token' }),
    secrets: { token: 'gateway-token' },
    options: (baseUrl, file) => ({
      url: `${baseUrl}/sms`,
      headers: { authorization: 'Bearer {secret.token}' },
      json: { mobile: '{to}', content: '{text}', ref: '{id}' },
      secretFiles: { token: file('token') },
      success: { body: '^OK' },
      busy: { body: '^ERR 9' },
    }),
  },
  twilio: {
    kind: () => twilio({ accountSid: ACCOUNT, authToken: 'twilio-token', from: ['+15005550006'] }),
    secrets: { token: 'twilio-token' },
    options: (baseUrl, file) => ({
      baseUrl,
      accountSid: ACCOUNT,
      authTokenFile: file('token'),
      from: '+15005550006',
    }),
  },
  aliyun: {
    kind: () =>
      aliyun({
        accessKeyId: 'testId',
        accessKeySecret: 'testSecret',
        signName: '阿里云短信测试',
        templateCode: 'SMS_71390007',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: their form of a parameter.
        template: '${status}：${title}，详情见邮件。',
      }),
    secrets: { secret: 'testSecret' },
    options: (baseUrl, file) => ({
      baseUrl,
      accessKeyId: 'testId',
      accessKeySecretFile: file('secret'),
      signName: '阿里云短信测试',
      templateCode: 'SMS_71390007',
      templateParams: { status: '{status}', title: '{title}' },
    }),
  },
  tencent: {
    kind: () =>
      tencent({
        secretId: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE',
        secretKey: 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE',
        smsSdkAppId: '1400006666',
        signName: '腾讯云',
        templateId: '1110',
        template: '告警级别{1}，请查看邮件。',
      }),
    secrets: { key: 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE' },
    options: (baseUrl, file) => ({
      baseUrl,
      secretId: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE',
      secretKeyFile: file('key'),
      smsSdkAppId: '1400006666',
      signName: '腾讯云',
      templateId: '1110',
      templateParams: ['{severity}'],
    }),
  },
  dingtalk: {
    kind: () => dingtalk({ accessToken: 'ding-token', secret: 'SECding', keyword: 'Clawdbot' }),
    secrets: { token: 'ding-token', secret: 'SECding' },
    options: (baseUrl, file) => ({ baseUrl, accessTokenFile: file('token'), secretFile: file('secret') }),
    isRoom: true,
  },
  wecom: {
    kind: () => wecom({ key: '693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa' }),
    secrets: { key: '693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa' },
    options: (baseUrl, file) => ({ baseUrl, keyFile: file('key') }),
    isRoom: true,
  },
  feishu: {
    kind: () => feishu({ hook: 'hook-id', secret: 'feishu-secret' }),
    secrets: { hook: 'hook-id', secret: 'feishu-secret' },
    options: (baseUrl, file) => ({ baseUrl, hookFile: file('hook'), secretFile: file('secret') }),
    isRoom: true,
  },
};

/** Starts the fake of one provider and writes down what reaches it. */
export const stage = async (use: NotifierUse, { folder, to = [NUMBER], now, tls }: Options): Promise<Staged> => {
  const row = ROWS[use];
  const file = (name: string) => join(folder, `${use}-${name}`);
  for (const [name, secret] of Object.entries(row.secrets)) writeFileSync(file(name), `${secret}\n`, { mode: 0o600 });
  const provider = await startProvider({
    kind: row.kind(),
    ...(tls === undefined ? {} : { tls }),
    ...(now === undefined ? {} : { now }),
  });
  const options = {
    ...row.options(provider.baseUrl, file),
    ...(tls === undefined ? {} : { caFile: tls.caFile }),
  };
  return { provider, config: { id: use, use, to: row.isRoom === true ? [] : [...to], options } };
};
