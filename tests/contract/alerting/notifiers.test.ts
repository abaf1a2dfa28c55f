import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Note, Receipt } from '../../../alerting/actions/notifier/notifier.ts';
import { notifierNames, startNotifiers } from '../../../alerting/actions/notifiers.ts';
import { NOTIFIER_OPTIONS, type NotifierUse } from '../../../core/config/schema-notifiers.ts';
import { notifierRows } from '../../../core/egress/implied.ts';
import type { EgressNote } from '../../../core/egress/ledger.ts';
import { createWayOut } from '../../../core/egress/way-out.ts';
import { generateKeyPem, issueCa, issueServer } from '../../../services/inference/http/x509.ts';
import { NUMBER, type Staged, stage } from '../../notifiers/line-up.ts';
import type { Fault } from '../../notifiers/provider.ts';

const USES: readonly NotifierUse[] = ['http', 'twilio', 'aliyun', 'tencent', 'dingtalk', 'wecom', 'feishu'];

const NOTE: Note = {
  id: '0123456789abcdef',
  incident: 'incident-1',
  phase: 'first',
  severity: 'critical',
  title: 'The service is unavailable',
  text: 'No model has answered for 30 s.',
  url: 'https://grafana.example/d/overview',
  isTest: false,
  language: 'zh',
};

let folder = '';
const closers: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'notifiers-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

type Change = Readonly<Record<string, unknown>>;

/** Starts one notifier on its fake, through the real way out with only what the configuration implies. */
const open = async (
  { config, provider }: Staged,
  { change = {}, now = Date.now }: { change?: Change; now?: () => number } = {},
) => {
  closers.push(provider.close);
  const notes: EgressNote[] = [];
  const changed = { ...config, options: { ...config.options, ...change } };
  const out = createWayOut({ rows: notifierRows([changed], true), note: (note) => notes.push(note) });
  const started = await startNotifiers([changed], { out, now });
  closers.push(started.stop);
  const [way] = started.ways;
  const send = (note: Partial<Note> = {}, to = way?.to ?? [], timeoutMs = 60_000): Promise<Receipt | undefined> =>
    way?.notifier.send({ ...NOTE, ...note }, to, AbortSignal.timeout(timeoutMs)) ?? Promise.resolve(undefined);
  return { provider, send, notes };
};

const openUse = async (use: NotifierUse, change: Change = {}) => open(await stage(use, { folder }), { change });

describe('every notifier', () => {
  it('is in the registry, in the table of options and here', () => {
    expect(notifierNames()).toEqual(Object.keys(NOTIFIER_OPTIONS));
    expect([...USES].sort()).toEqual(Object.keys(NOTIFIER_OPTIONS).sort());
  });

  it.each([
    [
      'http',
      NUMBER,
      '[Clawdbot] 严重：The service is unavailable。No model has answered for 30 s. https://grafana.example/d/overview',
    ],
    [
      'twilio',
      NUMBER,
      '[Clawdbot] 严重：The service is unavailable。No model has answered for 30 s. https://grafana.example/d/overview',
    ],
    ['aliyun', '13800000000', '【阿里云短信测试】严重：The service is unavailable，详情见邮件。'],
    ['tencent', NUMBER, '【腾讯云】告警级别严重，请查看邮件。'],
    [
      'dingtalk',
      'room',
      '[Clawdbot] 严重：The service is unavailable。No model has answered for 30 s. https://grafana.example/d/overview',
    ],
    [
      'wecom',
      'room',
      '[Clawdbot] 严重：The service is unavailable。No model has answered for 30 s. https://grafana.example/d/overview',
    ],
    [
      'feishu',
      'room',
      '[Clawdbot] 严重：The service is unavailable。No model has answered for 30 s. https://grafana.example/d/overview',
    ],
  ] as const)('%s is understood by its provider, and leaves through the egress policy', async (use, to, text) => {
    const { provider, send, notes } = await openUse(use);
    expect(await send()).toEqual({ kind: 'accepted' });
    expect(provider.taken).toEqual([{ to, text }]);
    const purpose = ['dingtalk', 'wecom', 'feishu'].includes(use) ? 'webhook' : 'sms';
    expect(notes).toEqual([
      { purpose, dataClass: 'metadata', destination: new URL(provider.baseUrl).host, outcome: 'sent' },
    ]);
  });

  it.each(USES)('%s asks nobody whom the policy does not name', async (use) => {
    const { config, provider } = await stage(use, { folder });
    closers.push(provider.close);
    const started = await startNotifiers([config], { out: createWayOut({ rows: [] }), now: Date.now });
    closers.push(started.stop);
    const receipt = await started.ways[0]?.notifier.send(NOTE, config.to, AbortSignal.timeout(60_000));
    expect(receipt?.kind).toBe('rejected');
    expect(provider.asked).toEqual([]);
  });

  it.each(
    USES.flatMap((use) =>
      (
        [
          ['limited', 'busy'],
          ['unavailable', 'busy'],
          ['error500', 'doubtful'],
          ['reset', 'doubtful'],
          ['hang', 'doubtful'],
          ['takenThenReset', 'doubtful'],
        ] as const
      ).map(([fault, kind]): [NotifierUse, Fault, string] => [use, fault, kind]),
    ),
  )('%s whose provider fails by %s is %s, and well again afterwards', async (use, fault, kind) => {
    const { provider, send } = await openUse(use);
    provider.fail(fault);
    // The answer that never comes is waited for only as long as the caller says.
    const receipt = await send({}, undefined, fault === 'hang' ? 300 : 60_000);
    expect(receipt?.kind).toBe(kind);
    expect((await send({ id: 'another' }))?.kind).toBe('accepted');
  });

  it.each(USES)('%s takes a page of somebody else for no answer', async (use) => {
    const { provider, send } = await openUse(use);
    provider.fail('garbage');
    const { kind } = (await send()) ?? {};
    // What the operator described as success is all that a gateway of unknown make can be judged by.
    expect(kind).toBe(use === 'http' ? 'rejected' : 'doubtful');
  });

  it.each(USES)('%s that cannot be reached has certainly not sent', async (use) => {
    const { provider, send } = await openUse(use);
    await provider.close();
    expect(await send()).toEqual({ kind: 'busy', reason: 'cannot be reached (ECONNREFUSED)' });
  });

  it.each(USES)('%s never puts a number, a text or a key into a reason', async (use) => {
    const { provider, send } = await openUse(use);
    const secrets = /1?3800000000|unavailable on|token|testSecret|EXAMPLE|SECding|693a91f6|hook-id|feishu-secret/;
    for (const fault of ['limited', 'error500', 'garbage', 'reset'] as const) {
      provider.fail(fault);
      const receipt = await send({ title: 'unavailable on box' });
      expect(receipt !== undefined && 'reason' in receipt ? receipt.reason : '').not.toMatch(secrets);
    }
  });
});

describe('a notifier of somebody else', () => {
  const use = fileURLToPath(new URL('../../fixtures/notifiers/pager.ts', import.meta.url));

  it('is a module, and gets out where egress.allow names its host', async () => {
    const { provider } = await stage('http', { folder });
    closers.push(provider.close);
    const { hostname } = new URL(provider.baseUrl);
    const config = { id: 'pager', use, to: [NUMBER], options: { url: `${provider.baseUrl}/sms` } };
    expect(notifierRows([config], true)).toEqual([]);
    const out = createWayOut({ rows: [{ host: hostname, purpose: 'sms', dataClass: 'metadata' }] });
    const started = await startNotifiers([config], { out, now: Date.now });
    closers.push(started.stop);
    const receipt = await started.ways[0]?.notifier.send(NOTE, [NUMBER], AbortSignal.timeout(60_000));
    expect(receipt).toEqual({ kind: 'accepted' });
    expect(provider.taken).toEqual([{ to: NUMBER, text: NOTE.title }]);
  });

  it('that cannot be loaded stops the start, and what was started before it', async () => {
    const { config, provider } = await stage('http', { folder });
    closers.push(provider.close);
    const broken = { ...config, id: 'broken', use: './no-such-notifier.ts' };
    const context = { out: createWayOut({ rows: [] }), now: Date.now };
    await expect(startNotifiers([config, broken], context)).rejects.toThrow(/notifier module .*no-such-notifier/);
  });
});

describe('what providers refuse', () => {
  const refused = (use: NotifierUse, change: Change, note: Partial<Note> = {}, to?: readonly string[]) =>
    openUse(use, change).then(({ send }) => send(note, to));
  const wrong = (name: string): string => {
    const file = join(folder, name);
    writeFileSync(file, 'wrong');
    return file;
  };

  it.each([
    ['twilio', 'authTokenFile', '20003'],
    ['aliyun', 'accessKeySecretFile', 'SignatureDoesNotMatch'],
    ['tencent', 'secretKeyFile', 'AuthFailure.SignatureFailure'],
    ['dingtalk', 'accessTokenFile', '300001'],
    ['dingtalk', 'secretFile', '310000'],
    ['wecom', 'keyFile', '93000'],
    ['feishu', 'hookFile', '19001'],
    ['feishu', 'secretFile', '19021'],
  ] as const)('%s with another %s: %s, final', async (use, option, code) => {
    const receipt = await refused(use, { [option]: wrong('key') });
    expect(receipt).toMatchObject({ kind: 'rejected', reason: expect.stringContaining(`code ${code}: `) });
  });

  it('a gateway with another token says so by its status', async () => {
    const receipt = await refused('http', { secretFiles: { token: wrong('token') } });
    expect(receipt).toEqual({ kind: 'rejected', reason: 'HTTP 401' });
  });

  it.each([
    ['twilio', {}, '+15005550001', '21211'],
    ['twilio', {}, '+15005550004', '21610'],
    ['twilio', {}, '+15005550009', '21614'],
    ['twilio', { from: '+15005550007' }, NUMBER, '21606'],
    ['aliyun', {}, '+8612345', 'isv.MOBILE_NUMBER_ILLEGAL'],
    ['aliyun', { templateCode: 'SMS_1' }, NUMBER, 'isv.SMS_TEMPLATE_ILLEGAL'],
    ['aliyun', { signName: 'x' }, NUMBER, 'isv.SMS_SIGNATURE_ILLEGAL'],
    ['aliyun', { templateParams: { status: 'x' } }, NUMBER, 'isv.TEMPLATE_MISSING_PARAMETERS'],
    ['aliyun', { maxParamCharacters: 100 }, NUMBER, 'isv.PARAM_LENGTH_LIMIT'],
    ['tencent', {}, '+8612345', 'InvalidParameterValue.IncorrectPhoneNumber'],
    ['tencent', { templateId: '7' }, NUMBER, 'FailedOperation.TemplateIncorrectOrUnapproved'],
    ['tencent', { signName: 'x' }, NUMBER, 'FailedOperation.SignatureIncorrectOrUnapproved'],
    ['tencent', { templateParams: [] }, NUMBER, 'FailedOperation.TemplateParamSetNotMatchApprovedTemplate'],
    [
      'tencent',
      { templateParams: ['{title}'], maxParamCharacters: 35 },
      NUMBER,
      'InvalidParameterValue.TemplateParameterLengthLimit',
    ],
    ['tencent', { smsSdkAppId: '1' }, NUMBER, 'UnauthorizedOperation.SmsSdkAppIdVerifyFail'],
  ] as const)('%s %j to %s: %s, final', async (use, change, to, code) => {
    const receipt = await refused(use, change, { title: 'A title that is longer than thirty-five characters' }, [to]);
    expect(receipt).toMatchObject({ kind: 'rejected', reason: expect.stringContaining(`code ${code}: `) });
  });

  it('a number that the gateway refuses with HTTP 200', async () => {
    const receipt = await refused('http', {}, {}, ['12']);
    expect(receipt?.kind).toBe('rejected');
  });

  it.each([
    ['aliyun', 'InvalidTimeStamp.Expired', 16 * 60_000],
    ['tencent', 'AuthFailure.SignatureExpire', 6 * 60_000],
    ['dingtalk', '310000', 61 * 60_000],
    ['feishu', '19021', 61 * 60_000],
  ] as const)('%s sees by the signature that the clock is wrong: %s', async (use, code, wrongByMs) => {
    const staged = await stage(use, { folder, now: () => Date.now() + wrongByMs });
    const { send } = await open(staged);
    expect(await send()).toMatchObject({ kind: 'rejected', reason: expect.stringContaining(`code ${code}: `) });
  });

  it.each([
    ['dingtalk', 20],
    ['wecom', 20],
    ['feishu', 100],
  ] as const)('%s takes no more than %i messages in a minute', async (use, perMinute) => {
    const { send, provider } = await openUse(use);
    for (let sent = 0; sent < perMinute; sent += 1) expect((await send())?.kind).toBe('accepted');
    expect(await send()).toMatchObject({ kind: 'busy' });
    expect(provider.taken).toHaveLength(perMinute);
  });
});

describe('what is sent', () => {
  it('fits the parameters of a template, whatever the alert says', async () => {
    const { send, provider } = await openUse('aliyun');
    const title = `【严重】 see https://grafana.example/d/1 ${'很长的标题'.repeat(20)}`;
    expect(await send({ title })).toEqual({ kind: 'accepted' });
    expect(provider.taken[0]?.text).toBe(`【阿里云短信测试】严重：严重 see ${'很长的标题'.repeat(5)}...，详情见邮件。`);
    const short = await openUse('tencent', { templateParams: ['{title}'] });
    expect(await short.send({ title: 'unavailable' })).toEqual({ kind: 'accepted' });
    expect(short.provider.taken[0]?.text).toBe('【腾讯云】告警级别unavai，请查看邮件。');
  });

  it('is as long as the operator pays for', async () => {
    const { send, provider } = await openUse('twilio', { maxParts: 1 });
    expect(await send({ language: 'en', text: 'a'.repeat(400) })).toEqual({ kind: 'accepted' });
    const [{ text } = { text: '' }] = provider.taken;
    // Two of 160 septets go to escapes: the brackets.
    expect(text).toHaveLength(158);
    expect(text).toMatch(
      /^\[Clawdbot\] CRITICAL: The service is unavailable\. .*\.\.\. https:\/\/grafana\.example\/d\/overview$/,
    );
  });

  it('can be any form of request that a gateway wants', async () => {
    const { send, provider } = await openUse('http', {
      json: undefined,
      form: { mobile: '{to}', content: '{status}: {title} & {secret.token}' },
    });
    expect(await send({ language: 'en', title: 'a "b" {to} \r\nc' })).toEqual({ kind: 'accepted' });
    expect(provider.taken).toEqual([{ to: NUMBER, text: 'CRITICAL: a "b" {to} \r\nc & gateway-token' }]);
  });

  it('puts nothing of an alert beside the header it belongs to', async () => {
    const { send, provider } = await openUse('http', {
      headers: { authorization: 'Bearer {secret.token}', 'x-title': '{title}' },
      query: { about: '{title}' },
    });
    expect(await send({ title: 'a\r\nx-evil: 1 告&警#' })).toEqual({ kind: 'accepted' });
    const [asked] = provider.asked;
    expect(asked?.headers['x-title']).toBe('a??x-evil: 1 ?&?#');
    expect(asked?.headers['x-evil']).toBeUndefined();
    expect(asked?.url.searchParams.get('about')).toBe('a\r\nx-evil: 1 告&警#');
  });

  it('is recognised as a repetition by a gateway that looks at ids', async () => {
    const { send, provider } = await openUse('http');
    provider.fail('takenThenReset');
    expect((await send())?.kind).toBe('doubtful');
    expect((await send())?.kind).toBe('accepted');
    expect(provider.taken).toHaveLength(1);
  });

  it.each([
    ['dingtalk', 'accessTokenFile', (base: string) => `${base}/robot/send?access_token=ding-token`],
    ['wecom', 'keyFile', (base: string) => `${base}/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa`],
    ['feishu', 'hookFile', (base: string) => `${base}/open-apis/bot/v2/hook/hook-id`],
  ] as const)('%s takes the whole address as its console shows it for the key', async (use, option, address) => {
    const file = join(folder, 'address');
    writeFileSync(file, address('https://robots.example'));
    const { send } = await openUse(use, { [option]: file });
    expect(await send()).toEqual({ kind: 'accepted' });
  });

  it.each([
    ['dingtalk', ['13800000000', 'all'], { atMobiles: ['13800000000'], isAtAll: true }, /@13800000000$/],
    ['wecom', ['13800000000', 'all'], ['13800000000', '@all'], undefined],
    ['feishu', ['all'], undefined, /<at user_id="all"><\/at>$/],
  ] as const)('%s mentions whom it should', async (use, to, mentioned, text) => {
    const { send, provider } = await openUse(use);
    expect(await send({}, to)).toEqual({ kind: 'accepted' });
    const body = JSON.parse(provider.asked[0]?.body ?? '{}');
    if (mentioned !== undefined) expect(body.at ?? body.text.mentioned_mobile_list).toEqual(mentioned);
    if (text !== undefined) expect(provider.taken[0]?.text).toMatch(text);
  });

  it('is no markdown of an alert’s own making', async () => {
    const { send, provider } = await openUse('wecom', { format: 'markdown' });
    expect(await send({ title: '[link](x) <@all>', text: '告'.repeat(3000) })).toEqual({ kind: 'accepted' });
    expect(provider.taken[0]?.text).toContain('\\[link\\](x) \\<@all\\>');
  });

  it.each(['wecom', 'feishu', 'dingtalk'] as const)('fits what %s takes', async (use) => {
    const { send } = await openUse(use);
    expect(await send({ text: '告"警\n'.repeat(10_000) })).toEqual({ kind: 'accepted' });
  });
});

describe('over TLS', () => {
  it.each(['twilio', 'feishu', 'tencent'] as const)(
    '%s is trusted by the authority that is named, and no other',
    async (use) => {
      const caKey = generateKeyPem();
      const ca = await issueCa({ keyPem: caKey, label: 'test', at: Date.now() });
      const key = generateKeyPem();
      const cert = await issueServer({
        keyPem: key,
        caCertPem: ca,
        caKeyPem: caKey,
        names: ['localhost'],
        at: Date.now(),
      });
      const caFile = join(folder, 'ca.pem');
      writeFileSync(caFile, ca);
      const staged = await stage(use, { folder, tls: { cert, key, caFile } });
      const { send, provider } = await open(staged);
      expect(await send()).toEqual({ kind: 'accepted' });
      expect(provider.taken).toHaveLength(1);

      const distrustful = await startNotifiers(
        [{ ...staged.config, options: { ...staged.config.options, caFile: undefined } }],
        {
          out: createWayOut({ rows: notifierRows([staged.config], true) }),
          now: Date.now,
        },
      );
      closers.push(distrustful.stop);
      const receipt = await distrustful.ways[0]?.notifier.send(NOTE, staged.config.to, AbortSignal.timeout(60_000));
      expect(receipt).toMatchObject({ kind: 'busy', reason: expect.stringContaining('cannot be reached') });
      expect(provider.taken).toHaveLength(1);
    },
  );
});
