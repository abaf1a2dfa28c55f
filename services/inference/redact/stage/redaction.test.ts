import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../../core/config/schema.ts';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import type { GenerationRequest, ToolCallDelta } from '../../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../../call.ts';
import { createRedaction, type Redaction, UNCHECKED } from './redaction.ts';
import { openTinyRules, POISON } from './test-engine.ts';

const BASE: GenerationRequest = {
  input: { kind: 'text', prompt: '' },
  maxTokens: null,
  temperature: 0,
  topP: 1,
  seed: null,
  stop: [],
  responseFormat: { type: 'text' },
};
const FINISHED: GenerationEvent = {
  type: 'finished',
  reason: 'stop',
  usage: { promptTokens: 1, completionTokens: 1, cachedTokens: 0 },
  timings: { queueMs: 0, prefillMs: 0, decodeMs: 0 },
};
const POLICIES = {
  default: { request: { 'tiny.email': 'pseudonym', '*': 'mask' } },
  strict: { request: { '*': 'block' } },
  open: { request: { '*': 'off' }, response: { '*': 'off' } },
};
const ANN = 'ann@example.org';
const textEvent = (text: string, more = {}): GenerationEvent => ({ type: 'text', text, tokens: 1, ...more });
const promptOf = (prompt: string): GenerationRequest => ({ ...BASE, input: { kind: 'text', prompt } });

let redaction: Redaction;
let audit: { action: string; fields: unknown }[];
let counts: { key: string; labels: unknown }[];
let held: () => number;

const open = (more: Record<string, unknown> = {}): Redaction => {
  const config = configSchema.parse({
    redaction: { policies: POLICIES, keys: { 'key:strict': 'strict', 'key:open': 'open' }, ...more },
    scenarios: { ward: { redaction: 'strict' } },
  });
  const made = createRedaction(config, openTinyRules);
  made.attach({
    telemetry: {
      counter: (key, labels) => void counts.push({ key, labels }),
      gauge: (_key, observe) => {
        held = () => [...observe()][0]?.value ?? Number.NaN;
      },
    },
    audit: { info: (action, fields) => void audit.push({ action, fields }) },
  });
  return made;
};
const begin = (keyId = 'key:a', more: { scenario?: string; isRedacted?: true } = {}) =>
  redaction.begin({
    requestId: 'req_1',
    caller: { keyId, tenant: keyId, scopes: new Set(), address: '' },
    scenario: more.scenario,
    ...(more.isRedacted === undefined ? {} : { isRedacted: more.isRedacted }),
  });

beforeEach(() => {
  audit = [];
  counts = [];
  redaction = open();
});

describe('a request', () => {
  it('is redacted in every text of its client', () => {
    const call = begin();
    const request = call.request({
      ...BASE,
      stop: [ANN],
      responseFormat: {
        type: 'json_schema',
        schema: { properties: { [ANN]: { const: ANN, enum: [13812345678, 1] } } },
      },
      input: {
        kind: 'chat',
        messages: [
          { role: 'user', content: `I am ${ANN}`, name: ANN },
          {
            role: 'assistant',
            content: '',
            reasoning: ANN,
            toolCalls: [{ id: ANN, name: 'mail', arguments: `{"to": "${ANN}", "n": 13812345678}` }],
          },
          { role: 'tool', content: `{"from": "ann\\u0040example.org"}`, toolCallId: ANN },
        ],
        toolUse: {
          tools: [{ name: 'mail', description: ANN, parameters: { type: 'object', description: ANN } }],
          choice: { name: 'mail' },
          isParallel: false,
        },
        templateVariables: { who: [ANN] },
      },
    });
    const text = JSON.stringify(request);
    expect(text).not.toMatch(/example|13812345678/);
    expect(text.match(/\[EMAIL_1\]/g)).toHaveLength(13);
    expect(request).toMatchObject({
      input: { messages: [{}, { toolCalls: [{ arguments: '{"to": "[EMAIL_1]", "n": "[PHONE]"}' }] }, {}] },
      responseFormat: { schema: { properties: { '[EMAIL_1]': { enum: ['[PHONE]', 1] } } } },
    });
  });

  it('is refused, by the name of the rule alone, where the policy of its key or scenario blocks', () => {
    for (const call of [
      begin('key:strict'),
      begin('key:a', { scenario: 'ward' }),
      begin('key:open', { scenario: 'ward' }),
    ]) {
      const refusal = expect.objectContaining({ code: 'ERR_REDACT_BLOCKED', details: { rule: 'tiny.email' } });
      expect(() => call.request(promptOf(ANN))).toThrow(refusal);
    }
    expect(begin('key:open').request(promptOf(ANN))).toMatchObject({ input: { prompt: ANN } });
  });

  it('is refused when the redactor fails, and the error says nothing of it', () => {
    const refuse = () => begin().request(promptOf(`${POISON} ${ANN}`));
    expect(refuse).toThrow(expect.objectContaining({ code: 'ERR_REDACT_FAILED' }));
    expect(refuse).not.toThrow(/ann|POISON/);
    expect(counts).toContainEqual({ key: 'redactionFailures', labels: { direction: 'request' } });
  });

  it('of token ids is read first, and sent as text only where something was found', async () => {
    const texts: Record<string, string> = { '1,2': ANN, '3': 'nothing' };
    const decode = async (tokens: readonly number[]) => texts[tokens.join()] ?? '';
    const call = begin();
    const read = async (tokens: number[]) => call.readTokens?.({ kind: 'tokens', tokens }, decode);
    expect(await read([1, 2])).toEqual({ kind: 'text', prompt: '[EMAIL_1]' });
    expect(await read([3])).toEqual({ kind: 'tokens', tokens: [3] });
    const task = await call.readTaskTokens?.({ kind: 'embed', inputs: [[1, 2], [3], 'text'] }, decode);
    expect(task).toEqual({ kind: 'embed', inputs: ['[EMAIL]', [3], 'text'] });
    redaction = open({ tokenInputs: 'refuse' });
    await expect(begin().readTokens?.({ kind: 'tokens', tokens: [3] }, decode)).rejects.toMatchObject({
      code: 'ERR_REDACT_BLOCKED',
    });
  });

  it('is audited once with rule and place, never the value', () => {
    const call = begin();
    call.request(promptOf(`to ${ANN}`));
    call.end();
    call.end();
    expect(call.count).toBe(1);
    const found = [
      { direction: 'request', field: 'prompt', rule: 'tiny.email', action: 'pseudonym', offset: 3, length: 15 },
    ];
    const labels = { key_id: 'key:a', policy: 'default', redactions: 1, found };
    expect(audit).toEqual([{ action: 'redaction.applied', fields: { 'http.request.id': 'req_1', labels } }]);
    const expected = { rule: 'tiny.email', direction: 'request', action: 'pseudonym' };
    expect(counts).toEqual([{ key: 'redactions', labels: expected }]);
  });
});

const answer = (events: readonly GenerationEvent[], prompt = `I am ${ANN}`, more: Partial<GenerationRequest> = {}) => {
  const call = begin();
  const request = call.request({ ...promptOf(prompt), ...more });
  const transform = call.answer(request);
  return events.flatMap((event) => transform.see(event));
};
const joined = (events: readonly GenerationEvent[], type: 'text' | 'reasoning' = 'text', choice = 0) =>
  events.map((event) => (event.type === type && (event.choice ?? 0) === choice ? event.text : '')).join('');

describe('an answer', () => {
  it('is redacted and then restored, in all of its channels', () => {
    const call: ToolCallDelta = {
      index: 0,
      id: 'c',
      name: 'mail',
      arguments: '{"to":"[EMAIL_1]","cc":"bob@example.org"}',
    };
    const events = answer([
      { type: 'reasoning', text: '[EMAIL_1] or bob@example.org ', tokens: 1 },
      textEvent('Dear [EMAIL_1], I am bob@example.org '),
      { type: 'toolCalls', calls: [call], tokens: 1 },
      FINISHED,
    ]);
    expect(joined(events, 'reasoning')).toBe(`${ANN} or [EMAIL] `);
    expect(joined(events)).toBe(`Dear ${ANN}, I am [EMAIL] `);
    expect(events).toContainEqual(
      expect.objectContaining({ calls: [{ ...call, arguments: `{"to":"${ANN}","cc":"[EMAIL]"}` }] }),
    );
    expect(events.at(-1)).toBe(FINISHED);
  });

  it('stays JSON when what is restored must be escaped there', () => {
    const format = { responseFormat: { type: 'json_object' as const } };
    const written = '{"a": "x\\n[EMAIL_1]", "b": [13812345678]}';
    const events = answer([textEvent(written), FINISHED], 'I am a\\b@example.org', format);
    expect(JSON.parse(joined(events))).toEqual({ a: 'x\na\\b@example.org', b: ['[PHONE]'] });
  });

  it('is the same however it is cut, and keeps its tokens', () => {
    const text = 'Dear [EMAIL_1], bob@example.org or 13812345678 writes password: hunter2 and [EMAIL_9] to you';
    const whole = `Dear ${ANN}, [EMAIL] or [PHONE] writes password: [KEY] and [EMAIL_9] to you`;
    fc.assert(
      fc.property(fc.array(fc.nat({ max: text.length }), { maxLength: 20 }), (cuts) => {
        const places = [...cuts].sort((a, b) => a - b);
        const pieces = [0, ...places].map((start, index) => text.slice(start, places[index] ?? text.length));
        const events = answer([...pieces.map((piece) => textEvent(piece)), FINISHED]);
        expect(joined(events)).toBe(whole);
        const tokens = events.reduce((sum, event) => sum + ('tokens' in event ? event.tokens : 0), 0);
        expect(tokens).toBe(pieces.length);
        expect(held()).toBe(0);
      }),
    );
  });

  it('of several choices is read one beside the other, and each ends with all of its text', () => {
    const events = answer([
      textEvent('ann@', { choice: 0 }),
      textEvent('a 1381', { choice: 1 }),
      textEvent('example.org', { choice: 0 }),
      textEvent('2345678', { choice: 1 }),
      { type: 'ended', choice: 1, reason: 'stop' },
      { type: 'ended', choice: 0, reason: 'stop' },
      FINISHED,
    ]);
    expect([joined(events), joined(events, 'text', 1)]).toEqual(['[EMAIL]', 'a [PHONE]']);
    expect(events.findLastIndex((event) => event.type === 'text' && event.choice === 1)).toBeLessThan(
      events.findIndex((event) => event.type === 'ended' && event.choice === 1),
    );
  });

  it('shows in no token what is masked in its text', () => {
    const logprobs = [...'I, bob@example.org too'].map((token) => ({
      token,
      bytes: [...Buffer.from(token)],
      logprob: -1,
      top: [{ token, bytes: [...Buffer.from(token)], logprob: -1 }],
    }));
    const events = answer([...logprobs.map((one) => textEvent(one.token, { logprobs: [one] })), FINISHED]);
    const shown = events.flatMap((event) => (event.type === 'text' ? (event.logprobs ?? []) : []));
    expect(shown.map(({ token }) => token).join('')).toBe('I, *************** too');
    expect(JSON.stringify(shown)).not.toContain('"b"');
  });

  it('ends with an error when the redactor fails, and with nothing of the piece it failed on', () => {
    const call = begin();
    const transform = call.answer(call.request(promptOf('a')));
    transform.see(textEvent('fine '));
    expect(() => transform.see(textEvent(`${POISON} `))).toThrow(
      expect.objectContaining({ code: 'ERR_REDACT_FAILED' }),
    );
    transform.close();
    expect(held()).toBe(0);
  });

  it('ends with an error when more would wait than may', () => {
    redaction = open({ maxHeldCharacters: 4096 });
    const call = begin();
    const transform = call.answer(call.request(promptOf('a')));
    transform.see(textEvent('x'.repeat(4096)));
    expect(() => transform.see(textEvent('x'))).toThrow(expect.objectContaining({ code: 'ERR_REDACT_FAILED' }));
  });

  it('is kept with its pseudonyms, and its matches are not counted for that', () => {
    const call = begin();
    const request = call.request(promptOf(ANN));
    const before = counts.length;
    expect(joined(call.kept(request, [textEvent('[EMAIL_1] bob@example.org'), FINISHED]))).toBe('[EMAIL_1] [EMAIL]');
    expect(counts).toHaveLength(before);
  });

  it('to a request that was redacted before keeps its pseudonyms, and what was missed gets none', () => {
    const call = begin('key:a', { isRedacted: true });
    const request = call.request(promptOf(`[EMAIL_1] and ${ANN}`));
    expect(request).toMatchObject({ input: { prompt: '[EMAIL_1] and [EMAIL]' } });
    const transform = call.answer(request);
    expect(joined([...transform.see(textEvent('[EMAIL_1] ')), ...transform.see(FINISHED)])).toBe('[EMAIL_1] ');
  });

  it('depends on the rules and actions of its policy, which the version tells apart', () => {
    const version = begin().version;
    expect(begin('key:b').version).toBe(version);
    expect(begin('key:strict').version).not.toBe(version);
    redaction = open({ packs: [] });
    expect(begin().version).not.toBe(version);
  });
});

describe('what is written down', () => {
  it('is masked whatever the policy of the request, and counted', () => {
    expect(redaction.record(`from ${ANN}`)).toBe('from [EMAIL]');
    expect(counts).toEqual([
      { key: 'redactions', labels: { rule: 'tiny.email', direction: 'record', action: 'mask' } },
    ]);
    expect(audit).toEqual([]);
  });

  it('is left out when it cannot be checked', () => {
    expect(redaction.record(`${POISON} ${ANN}`)).toBe(UNCHECKED);
    expect(counts).toEqual([{ key: 'redactionFailures', labels: { direction: 'record' } }]);
  });

  it('masks errors with their details, and leaves one alone that has nothing to mask', () => {
    const plain = new ServiceError('ERR_HTTP_BODY_INVALID', 'nothing', { details: { a: 1 } });
    expect(redaction.protect(plain)).toBe(plain);
    const error = new ServiceError('ERR_ADMIT_RATE', `for ${ANN}`, {
      details: { to: [ANN] },
      retryAfterSeconds: 3,
      cause: plain,
    });
    expect(redaction.protect(error)).toMatchObject({
      code: 'ERR_ADMIT_RATE',
      message: 'for [EMAIL]',
      details: { to: ['[EMAIL]'] },
      retryAfterSeconds: 3,
      cause: plain,
    });
  });
});

describe('an edit of the configuration', () => {
  it('applies to calls that begin after it, and turning redaction off is one', () => {
    const before = begin();
    redaction.update(configSchema.parse({ redaction: { enabled: false } }));
    expect(before.request(promptOf(ANN))).toMatchObject({ input: { prompt: '[EMAIL_1]' } });
    expect(begin().request(promptOf(ANN))).toMatchObject({ input: { prompt: ANN } });
    expect(redaction.record(ANN)).toBe(ANN);
  });
});
