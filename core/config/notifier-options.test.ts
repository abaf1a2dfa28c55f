import { describe, expect, it } from 'vitest';
import { notifierAddress, notifierFindings, readNotifierOptions } from './notifier-options.ts';
import { type NotifierConfig, notifiers } from './schema-notifiers.ts';

const NUMBER = '+8613800000000';
const TWILIO = { accountSid: `AC${'0'.repeat(32)}`, authTokenFile: '/t', from: '+15005550006' };
const HTTP = { url: 'https://sms.example/send', json: { to: '{to}', text: '{text}' } };

const findings = (...list: readonly (Partial<NotifierConfig> & { use: string })[]) =>
  notifierFindings(notifiers.parse(list.map((one, index) => ({ id: `n${index}`, to: [NUMBER], ...one }))), [
    'actions',
    'notifiers',
  ]).map(({ path, expected, arrived, advice }) => `${path.join('.')}: expected ${expected}, got ${arrived}; ${advice}`);

describe('a list of notifiers', () => {
  it('is fine with what each needs', () => {
    expect(
      findings(
        { use: 'twilio', options: TWILIO },
        { use: 'http', options: HTTP },
        { use: 'wecom', to: [], options: { keyFile: '/k' } },
        { use: './mine.ts', to: [], options: { anything: 1 } },
      ),
    ).toEqual([]);
  });

  it.each<[string, Partial<NotifierConfig> & { use: string }, string]>([
    [
      'a secret in the file',
      { use: 'twilio', options: { ...TWILIO, authToken: 'hunter2' } },
      'actions.notifiers.0.options.authToken: expected no secret here, got one; write it into a file and name that as authTokenFile',
    ],
    [
      'an option left out',
      { use: 'wecom', to: [], options: {} },
      'actions.notifiers.0.options.keyFile: expected the path of a file, got nothing; add it',
    ],
    [
      'an account of another kind',
      { use: 'twilio', options: { ...TWILIO, accountSid: 'SK1' } },
      'actions.notifiers.0.options.accountSid: expected `AC` and 32 hexadecimal digits, got "SK1" (string); see `clawdbot config docs`',
    ],
    [
      'two senders',
      { use: 'twilio', options: { ...TWILIO, messagingServiceSid: `MG${'0'.repeat(32)}` } },
      'actions.notifiers.0.options.from: expected either from or messagingServiceSid, got both; name the one that sends',
    ],
    [
      'a misspelled kind',
      { use: 'twillio', options: TWILIO },
      'actions.notifiers.0.use: expected http, twilio, aliyun, tencent, dingtalk, wecom, feishu or a module, got "twillio"; did you mean twilio?',
    ],
    [
      'nobody to send to',
      { use: 'twilio', to: [], options: TWILIO },
      'actions.notifiers.0.to: expected at least one number for twilio, got none; add one',
    ],
    [
      'a number without its country, which is not repeated',
      { use: 'twilio', to: ['13800000000'], options: TWILIO },
      'actions.notifiers.0.to.0: expected a telephone number with its country, got something else; write it as "+8613800000000", in quotes',
    ],
    [
      'credentials in a URL',
      { use: 'http', options: { ...HTTP, url: 'https://u:hunter2@sms.example/' } },
      'actions.notifiers.0.options.url: expected an http or https URL without user and password, got "https://[redacted]@sms.example/" (string); see `clawdbot config docs`',
    ],
    [
      'a message without text',
      { use: 'http', options: { ...HTTP, json: { to: '{to}' } } },
      'actions.notifiers.0.options.json: expected {text} or {title} in json, form or query, got none; put it where the gateway wants it',
    ],
    [
      'a message to nobody',
      { use: 'http', options: { ...HTTP, json: { text: '{text}' } } },
      'actions.notifiers.0.options.json: expected {to} in json, form or query, got none; put it where the gateway wants it',
    ],
    [
      'a secret without a file',
      { use: 'http', options: { ...HTTP, headers: { 'x-key': '{secret.key}' } } },
      'actions.notifiers.0.options.headers: expected placeholders among to, text, title, description, severity, status, url, incident, id, got "{secret.key}"; name its file under secretFiles',
    ],
    [
      'a misspelled placeholder',
      {
        use: 'tencent',
        options: { secretId: 'i', secretKeyFile: '/k', smsSdkAppId: '1', templateId: '1', templateParams: ['{titel}'] },
      },
      'actions.notifiers.0.options.templateParams: expected placeholders among to, text, title, description, severity, status, url, incident, id, got "{titel}"; did you mean {title}?',
    ],
    [
      'a pattern that is none',
      { use: 'http', options: { ...HTTP, success: { body: '(' } } },
      'actions.notifiers.0.options.success.body: expected a regular expression, got "(" (string); see `clawdbot config docs`',
    ],
    [
      'a body that GET has not',
      { use: 'http', options: { ...HTTP, method: 'GET' } },
      'actions.notifiers.0.options.method: expected POST or PUT with a body, got GET; use query, or another method',
    ],
    [
      'two bodies',
      { use: 'http', options: { ...HTTP, form: { to: '{to}' } } },
      'actions.notifiers.0.options.form: expected either form or json, got both; remove one of them',
    ],
  ])('says what is wrong with %s', (_, notifier, message) => expect(findings(notifier)).toEqual([message]));

  it('finds everything at once, and an id that is used twice', () => {
    expect(
      findings(
        { use: 'feishu', id: 'a', to: [], options: {} },
        { use: 'wecom', id: 'a', to: [], options: { format: 'html' } },
      ),
    ).toHaveLength(4);
  });
});

describe('the options of one notifier', () => {
  it('are complete', () => {
    expect(readNotifierOptions('feishu', { hookFile: '/h' })).toEqual({
      baseUrl: 'https://open.feishu.cn',
      hookFile: '/h',
    });
  });

  it('are refused with every mistake', () => {
    expect(() => readNotifierOptions('dingtalk', { secret: 'hunter2' })).toThrow(
      /^(?!.*hunter2).*accessTokenFile.*secret/s,
    );
  });

  it('say where messages go', () => {
    expect(notifierAddress('http', HTTP)).toBe('https://sms.example/send');
    expect(notifierAddress('wecom', { keyFile: '/k' })).toBe('https://qyapi.weixin.qq.com');
    expect(notifierAddress('wecom', {})).toBeUndefined();
    expect(notifierAddress('./mine.ts', {})).toBeUndefined();
  });
});
