import { describe, expect, it } from 'vitest';
import { type GenerationRequest, isRepeatable } from '../../engine/protocol/generation.ts';
import { keyOf } from './key.ts';
import { REQUEST } from './test-generation.ts';

const key = (request: Partial<GenerationRequest> = {}, more = {}): string =>
  keyOf({
    model: 'm',
    identity: 'files',
    policy: 'none',
    choices: 1,
    request: { ...REQUEST, ...request },
    ...more,
  });

const schema = (...names: readonly string[]): GenerationRequest['responseFormat'] => ({
  type: 'json_schema',
  schema: { type: 'object', properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) },
});

describe('the key of a question', () => {
  it.each<[string, Partial<GenerationRequest>]>([
    ['prompt', { input: { kind: 'text', prompt: 'hello you' } }],
    ['tenant', { tenant: 'tenant-b' }],
    ['temperature', { temperature: 0.5 }],
    ['seed', { seed: 1 }],
    ['top-p', { topP: 0.9 }],
    ['top-k', { topK: 3 }],
    ['penalty', { frequencyPenalty: 0.1 }],
    ['bias', { logitBias: { 5: -100 } }],
    ['log probabilities', { logprobs: 0 }],
    ['stop', { stop: ['x'] }],
    ['length', { maxTokens: 11 }],
    ['cap of the service', { maxTokens: null, outputCap: 50 }],
    ['adapter', { adapters: [{ id: 'a', scale: 1 }] }],
    ['context shift', { shiftsContext: true }],
    ['format', { responseFormat: schema('a', 'b') }],
  ])('differs with another %s', (_what, change) => expect(key(change)).not.toBe(key()));

  it.each([
    ['model', { model: 'n' }],
    ['make of the model', { identity: 'other files' }],
    ['policy', { policy: 'v2' }],
    ['number of choices', { choices: 2 }],
  ])('differs with another %s', (_what, change) => expect(key({}, change)).not.toBe(key()));

  it('leaves out when and for whom inside the tenant it is asked', () =>
    expect(key({ priority: 'high', deadlineMs: 5, keyId: 'key:b' })).toBe(key()));

  it('does not depend on the order of parameters, nor on those that say nothing', () => {
    const { stop, ...others } = REQUEST;
    const reordered = { stop, ...others, topK: undefined } as unknown as GenerationRequest;
    expect(keyOf({ model: 'm', identity: 'files', policy: 'none', choices: 1, request: reordered })).toBe(key());
  });

  it('keeps apart schemas that differ in the order a model writes their properties in', () =>
    expect(key({ responseFormat: schema('b', 'a') })).not.toBe(key({ responseFormat: schema('a', 'b') })));

  it('keeps apart texts that only look alike joined together', () => {
    const chat = (...contents: readonly string[]): Partial<GenerationRequest> => ({
      input: { kind: 'chat', messages: contents.map((content) => ({ role: 'user', content })) },
    });
    expect(key(chat('a', 'b'))).not.toBe(key(chat('a","b')));
  });
});

describe('a question', () => {
  it.each([
    [{ temperature: 0, seed: null }, true],
    [{ temperature: 0.7, seed: 4 }, true],
    [{ temperature: 0.7, seed: 0 }, true],
    [{ temperature: 0.7, seed: null }, false],
  ])('with %j is repeatable: %s', (sampling, expected) =>
    expect(isRepeatable({ ...REQUEST, ...sampling })).toBe(expected),
  );
});
