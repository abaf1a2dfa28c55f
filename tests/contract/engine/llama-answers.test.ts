import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GenerationInput, ToolChoice, ToolUse } from '../../../services/engine/protocol/generation.ts';
import { embeddedModelFile } from '../../embedded-model.ts';
import { type EngineProcess, engineSpec, type Generation, startEngine } from '../../engine-process.ts';
import { tinyModel } from '../../fixtures/models/tiny-model.ts';

const file = await embeddedModelFile();

const WEATHER: ToolUse['tools'] = [
  {
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', maxLength: 20 } },
      required: ['city'],
      additionalProperties: false,
    },
  },
];

const asking = (choice: ToolChoice): GenerationInput => ({
  kind: 'chat',
  messages: [{ role: 'user', content: 'What is the weather in Paris?' }],
  toolUse: { tools: WEATHER, choice, isParallel: false },
});

const callsIn = ({ events }: Generation) =>
  events.flatMap((event) => (event.type === 'tokens' ? (event.details?.toolCalls ?? []) : []));

describe.each(['llama', 'node-llama-cpp'])('tools with engine %s', (plugin) => {
  let engine: (EngineProcess & AsyncDisposable) | undefined;
  beforeAll(async () => {
    engine = await startEngine(engineSpec({ plugin, files: [file], context: 512, slots: 1, threads: 2 }));
  });
  afterAll(() => engine?.[Symbol.asyncDispose]());

  const ask = (choice: ToolChoice): Promise<Generation> => {
    if (engine === undefined) throw new TypeError('the engine did not start');
    return engine.generate({ input: asking(choice), maxTokens: 64 });
  };

  it.each<ToolChoice>(['required', { name: 'get_weather' }])('calls one where it must: %o', async (choice) => {
    const answer = await ask(choice);
    const calls = callsIn(answer);
    expect(answer.text).toBe('');
    expect(answer.end).toMatchObject({ type: 'finished', reason: 'tool_calls' });
    expect(calls[0]).toMatchObject({ index: 0, id: expect.any(String), name: 'get_weather' });
    expect(JSON.parse(calls.map((call) => call.arguments).join(''))).toEqual({ city: expect.any(String) });
  });

  it('calls none where it must not', async () => {
    const answer = await ask('none');
    expect(callsIn(answer)).toEqual([]);
    expect(answer.text).not.toBe('');
  });

  it('refuses a tool whose schema is none, and a choice that is none of them', async () => {
    if (engine === undefined) throw new TypeError('the engine did not start');
    const [tool] = WEATHER;
    const wrong = { ...tool, name: 'wrong', parameters: { type: 'object', properties: { x: { type: 'sting' } } } };
    const toolUse = { tools: [wrong], choice: 'required', isParallel: false } as const;
    const input = { kind: 'chat', messages: [{ role: 'user', content: 'Hi' }], toolUse } as const;
    const grammar = { type: 'failed', code: 'ERR_ENGINE_GRAMMAR' };
    expect((await engine.generate({ input })).end).toMatchObject(grammar);
    expect((await ask({ name: 'another' })).end).toMatchObject(grammar);
  });
});

describe('the llama engine at the end of its context', () => {
  const folder = mkdtempSync(join(tmpdir(), 'models-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const input = { kind: 'text', prompt: 'the inner' } as const;
  const start = () => {
    const path = join(folder, 'tiny.gguf');
    writeFileSync(path, tinyModel());
    return startEngine(engineSpec({ plugin: 'llama', files: [path], context: 64, kvTokens: 256, slots: 2 }));
  };

  it('refuses what does not fit, unless it may forget', async () => {
    await using engine = await start();
    const refused = await engine.generate({ input, maxTokens: 200 });
    expect(refused.end).toMatchObject({ type: 'failed', code: 'ERR_ENGINE_CONTEXT_OVERFLOW' });
    const forgetful = { input, maxTokens: 200, logitBias: { 2: -100 }, shiftsContext: true } as const;
    const answers = await Promise.all([engine.generate(forgetful), engine.generate({ input, maxTokens: 20 })]);
    expect(answers[0]?.end).toMatchObject({ reason: 'length', usage: { completionTokens: 200 } });
    expect(answers[1]?.end).toMatchObject({ type: 'finished' });
  });
});
