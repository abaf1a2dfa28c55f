import { createSecretKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Caller, GenerationCall, GenerationEvent } from '../call.ts';
import type { Flow } from '../flow.ts';
import type { ContentKeeper } from './content.ts';
import { type EndedRequest, InferenceAudit } from './inference-audit.ts';
import { createPromptHash } from './prompt-hash.ts';
import type { Use } from './use.ts';

const CALLER: Caller = { keyId: 'jwt:anna', tenant: 'jwt:anna', scopes: new Set(['inference']), address: '10.0.0.1' };
const USAGE = { promptTokens: 3, completionTokens: 4, cachedTokens: 1 };
const TIMINGS = { queueMs: 0, prefillMs: 0, decodeMs: 0 };
const EVENTS: readonly GenerationEvent[] = [
  { type: 'accepted', model: 'm', promptTokens: 3 },
  { type: 'text', text: 'hello', tokens: 4 },
  { type: 'finished', reason: 'stop', usage: USAGE, timings: TIMINGS },
];
const promptHash = createPromptHash(createSecretKey(Buffer.alloc(32, 1)));

const callWith = (more: Partial<GenerationCall> = {}): GenerationCall => ({
  requestId: 'req_1',
  caller: CALLER,
  model: undefined,
  scenario: undefined,
  priority: 'normal',
  deadlineAt: undefined,
  signal: new AbortController().signal,
  request: {
    input: { kind: 'chat', messages: [{ role: 'user', content: 'my secret' }] },
    maxTokens: null,
    temperature: 0,
    topP: 1,
    seed: null,
    stop: [],
    responseFormat: { type: 'text' },
  },
  ...more,
});

const endedWith = (more: Partial<EndedRequest> = {}): EndedRequest => ({
  requestId: 'req_1',
  route: '/api/v1/inference',
  address: '10.0.0.1',
  isInference: true,
  isGone: false,
  caller: CALLER,
  access: undefined,
  status: 200,
  durationMs: 2,
  ...more,
});

const flowOf = (events: readonly GenerationEvent[], failure?: Error): Flow => ({
  async *generate() {
    yield* events;
    if (failure !== undefined) throw failure;
  },
  compute: async () => {
    throw new ServiceError('ERR_MODELS_CAPABILITY', 'no');
  },
});

const drain = async (flow: Flow, call: GenerationCall): Promise<void> => {
  for await (const _ of flow.generate(call));
};

let records: Record<string, unknown>[];
let uses: Use[];
let isFailing: boolean;
const create = (content?: ContentKeeper) =>
  new InferenceAudit({
    trail: {
      // As it is written: what is undefined is not there.
      append: (action, fields) => void records.push(JSON.parse(JSON.stringify({ action, ...fields }))),
      check() {
        if (isFailing) throw new ServiceError('ERR_AUDIT_UNAVAILABLE', 'no');
      },
    },
    promptHash,
    originOf: (id) => (id === 'm' ? { hashes: ['abc'], adapters: { fine: 'def' }, destination: 'local' } : undefined),
    content,
    count: (use) => void uses.push(use),
    now: () => 0,
  });

beforeEach(() => {
  records = [];
  uses = [];
  isFailing = false;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe('the record of an inference', () => {
  it('says who asked which model for how much, and never what', async () => {
    const audit = create();
    await drain(audit.observeRequests(flowOf(EVENTS)), callWith());
    expect(records).toEqual([]);
    audit.ended(endedWith());
    expect(records).toEqual([
      {
        action: 'inference.answered',
        'event.outcome': 'success',
        'event.duration': 2_000_000,
        'http.request.id': 'req_1',
        'http.response.status_code': 200,
        'user.id': 'jwt:anna',
        'labels.subject': 'anna',
        'client.ip': '10.0.0.1',
        'labels.route': '/api/v1/inference',
        'gen_ai.operation.name': 'chat',
        'gen_ai.response.model': 'm',
        'gen_ai.usage.input_tokens': 3,
        'gen_ai.usage.output_tokens': 4,
        'gen_ai.usage.cache_read.input_tokens': 1,
        'labels.model_sha256': 'abc',
        'labels.destination': 'local',
        'labels.prompt_hash': promptHash(callWith().request.input),
      },
    ]);
    expect(JSON.stringify(records)).not.toContain('secret');
  });

  it('names the adapters, the cache and what was redacted, where there is something to name', async () => {
    const audit = create();
    const { request } = callWith();
    const call = callWith({ request: { ...request, adapters: [{ id: 'fine', scale: 1 }] } });
    const flow = audit.observeRequests({
      ...flowOf([]),
      async *generate() {
        audit.noteRedaction('req_1', { policyVersion: 'p1', redactions: { 'global.email': 2 } });
        yield { type: 'accepted', model: 'm', promptTokens: 3, cache: 'hit' };
      },
    });
    await drain(flow, call);
    audit.ended(endedWith());
    expect(records[0]).toMatchObject({
      'labels.adapters': 'fine',
      'labels.adapter_sha256': 'def',
      'labels.cache': 'hit',
      'labels.redaction_policy': 'p1',
      'labels.redactions': { 'global.email': 2 },
    });
  });

  it('counts the tokens of an answer that was broken off', async () => {
    const audit = create();
    for await (const event of audit.observeRequests(flowOf(EVENTS)).generate(callWith())) {
      if (event.type === 'text') break;
    }
    audit.ended(endedWith({ isGone: true, status: 499 }));
    expect(records[0]).toMatchObject({
      action: 'inference.cancelled',
      'event.outcome': 'unknown',
      'gen_ai.usage.output_tokens': 4,
    });
  });

  it('adds up what one request asks several times', async () => {
    const audit = create();
    const flow = audit.observeRequests(flowOf(EVENTS));
    await drain(flow, callWith());
    await drain(flow, callWith());
    audit.ended(endedWith());
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ 'gen_ai.usage.input_tokens': 6, 'gen_ai.usage.output_tokens': 8 });
  });

  it.each([
    ['ERR_ADMIT_QUEUE_FULL', 503, 'inference.refused'],
    ['ERR_HTTP_BODY_INVALID', 400, 'inference.refused'],
    ['ERR_AUTH_SCOPE', 403, 'inference.refused'],
    ['ERR_ENGINE_DIED', 502, 'inference.failed'],
  ] as const)('tells a refusal from a failure: %s', (errorCode, status, action) => {
    create().ended(endedWith({ access: { errorCode }, status }));
    expect(records).toMatchObject([{ action, 'error.code': errorCode, 'event.outcome': 'failure' }]);
    expect(records[0]).not.toHaveProperty('gen_ai.usage.input_tokens');
  });

  it('is one for a job that was accepted, and one for each of its runs', async () => {
    const audit = create();
    const { request } = callWith();
    audit.submitting({ requestId: 'req_1', payload: { request } });
    audit.ended(endedWith({ access: { jobId: 'job_1' }, status: 202 }));
    const job = { ...CALLER, address: '' };
    await drain(audit.observeJobs(flowOf(EVENTS)), callWith({ caller: job }));
    const failing = audit.observeJobs(flowOf([], new ServiceError('ERR_ENGINE_DIED', 'gone')));
    await expect(drain(failing, callWith({ caller: job }))).rejects.toThrow('gone');
    const hash = promptHash(request.input);
    expect(records).toMatchObject([
      { action: 'inference.submitted', 'labels.job_id': 'job_1', 'labels.prompt_hash': hash, 'client.ip': '10.0.0.1' },
      { action: 'inference.answered', 'labels.origin': 'job', 'labels.prompt_hash': hash },
      { action: 'inference.failed', 'labels.origin': 'job', 'error.code': 'ERR_ENGINE_DIED' },
    ]);
    expect(records[1]).not.toHaveProperty('client.ip');
  });

  it('of a job that runs before its submission was answered, has nothing of the run', async () => {
    const audit = create();
    audit.submitting({ requestId: 'req_1', payload: { request: callWith().request } });
    for await (const event of audit.observeJobs(flowOf(EVENTS)).generate(callWith())) {
      if (event.type === 'text') audit.ended(endedWith({ access: { jobId: 'job_1' }, status: 202 }));
    }
    expect(records).toMatchObject([
      { action: 'inference.submitted', 'labels.job_id': 'job_1' },
      { action: 'inference.answered', 'labels.origin': 'job', 'gen_ai.usage.output_tokens': 4 },
    ]);
    expect(records[0]).not.toHaveProperty('gen_ai.usage.output_tokens');
  });

  it('is none for a route that lets no model work, unless a credential was refused there', () => {
    const audit = create();
    const other = { isInference: false, route: '/api/v1/admin/limits' };
    audit.ended(endedWith(other));
    audit.ended(endedWith({ ...other, access: { errorCode: 'ERR_HTTP_BODY_INVALID' } }));
    audit.ended(endedWith({ ...other, access: { errorCode: 'ERR_AUTH_SCOPE' }, status: 403 }));
    expect(records).toMatchObject([
      { action: 'access.refused', 'error.code': 'ERR_AUTH_SCOPE', 'user.id': 'jwt:anna' },
    ]);
  });

  it('of a stranger who keeps knocking is counted, so that nobody can fill the disk', async () => {
    const audit = create();
    const knock = { caller: undefined, access: { errorCode: 'ERR_AUTH_CREDENTIAL_INVALID' }, status: 401 } as const;
    for (let index = 0; index < 500; index += 1) audit.ended(endedWith({ ...knock, requestId: `req_${index}` }));
    audit.ended(endedWith({ ...knock, address: '10.0.0.2' }));
    expect(records).toHaveLength(21);
    vi.advanceTimersByTime(60_000);
    expect(records.at(-1)).toMatchObject({
      action: 'access.refused_repeatedly',
      'client.ip': '10.0.0.1',
      'labels.count': 480,
    });
    await audit.stop();
  });
});

describe('what is counted as used', () => {
  const NOTHING = { promptTokens: 0, completionTokens: 0, cachedTokens: 0, isCacheHit: false };

  it('has the numbers of the record, and the tenant', async () => {
    const audit = create();
    await drain(audit.observeRequests(flowOf(EVENTS)), callWith({ scenario: 'chat' }));
    audit.ended(endedWith({ caller: { ...CALLER, tenant: 'tenant:a' } }));
    expect(uses).toEqual([
      {
        ...{ keyId: 'jwt:anna', tenant: 'tenant:a', model: 'm', scenario: 'chat', outcome: 'ok' },
        ...{ promptTokens: 3, completionTokens: 4, cachedTokens: 1, isCacheHit: false },
      },
    ]);
  });

  it.each([
    ['ERR_ADMIT_QUEUE_FULL', false, 'rejected'],
    ['ERR_HTTP_BODY_INVALID', false, 'rejected'],
    ['ERR_ADMIT_DEADLINE', false, 'timeout'],
    ['ERR_ENGINE_DIED', false, 'error'],
    ['ERR_ENGINE_DIED', true, 'cancelled'],
    [undefined, true, 'cancelled'],
  ] as const)('counts %s (client gone: %s) as %s', (errorCode, isGone, outcome) => {
    create().ended(endedWith({ isGone, ...(errorCode === undefined ? {} : { access: { errorCode } }) }));
    expect(uses).toMatchObject([{ ...NOTHING, outcome, model: undefined }]);
  });

  it('names no scenario that a client made up', () => {
    const audit = create();
    audit.submitting({ requestId: 'req_1', payload: { request: callWith().request, scenario: 'made up' } });
    audit.ended(endedWith({ access: { errorCode: 'ERR_MODELS_SCENARIO_UNKNOWN' }, status: 400 }));
    expect(uses).toMatchObject([{ outcome: 'rejected', scenario: undefined }]);
  });

  it('is a job once as submitted and each run by how it ended', async () => {
    const audit = create();
    audit.ended(endedWith({ access: { jobId: 'job_1' }, status: 202 }));
    await drain(audit.observeJobs(flowOf(EVENTS)), callWith());
    expect(uses).toMatchObject([
      { ...NOTHING, outcome: 'submitted' },
      { outcome: 'ok', completionTokens: 4 },
    ]);
  });

  it('is nothing of a stranger or of other routes, and all of a time without records', () => {
    const audit = create();
    audit.ended(endedWith({ caller: undefined, access: { errorCode: 'ERR_AUTH_CREDENTIAL_INVALID' } }));
    audit.ended(endedWith({ isInference: false }));
    expect(uses).toEqual([]);
    records = [];
    audit.ended(endedWith({ access: { errorCode: 'ERR_AUDIT_UNAVAILABLE' }, status: 503 }));
    expect([uses, records]).toMatchObject([[{ outcome: 'error' }], []]);
  });
});

describe('a trail that cannot be written', () => {
  it('lets no model work, and queues nothing about it', async () => {
    const audit = create();
    isFailing = true;
    await expect(drain(audit.observeRequests(flowOf(EVENTS)), callWith())).rejects.toMatchObject({
      code: 'ERR_AUDIT_UNAVAILABLE',
    });
    expect(() => audit.submitting({ requestId: 'req_2', payload: { request: callWith().request } })).toThrow();
    audit.ended(endedWith({ access: { errorCode: 'ERR_AUDIT_UNAVAILABLE' }, status: 503 }));
    expect(records).toEqual([]);
  });
});

describe('prompts and answers that are to be kept', () => {
  it('go to the keeper, and the record says where they are', async () => {
    const kept: unknown[] = [];
    const audit = create({
      keep(said, owner, onKept) {
        kept.push({ said, owner });
        onKept({ 'labels.content_sha256': 'xyz' });
      },
      check: () => undefined,
      stop: async () => undefined,
    });
    await drain(audit.observeRequests(flowOf(EVENTS)), callWith());
    audit.ended(endedWith());
    expect(kept).toEqual([
      {
        owner: { keyId: 'jwt:anna', requestId: 'req_1' },
        said: {
          asked: [callWith().request.input],
          answers: new Map([[0, { text: 'hello', reasoning: '', toolCalls: '' }]]),
        },
      },
    ]);
    expect(records).toMatchObject([{ action: 'inference.answered', 'labels.content_sha256': 'xyz' }]);
  });
});

describe('the prompt hash', () => {
  it('is the same for the same prompt and salt, and another for any other', () => {
    const { input } = callWith().request;
    const other = createPromptHash(createSecretKey(Buffer.alloc(32, 2)));
    expect(promptHash(input)).toBe(promptHash(structuredClone(input)));
    expect(promptHash(input)).not.toBe(other(input));
    expect(promptHash({ kind: 'text', prompt: 'a' })).not.toBe(promptHash({ kind: 'text', prompt: 'b' }));
  });
});
