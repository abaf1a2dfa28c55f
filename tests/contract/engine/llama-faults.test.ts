import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWayOut } from '../../../core/egress/way-out.ts';
import type { ServiceError } from '../../../core/errors/service-error.ts';
import { writeSmokeModel } from '../../../services/engine/ffi/write-smoke-model.ts';
import { parseLlamaOptions } from '../../../services/engine/llama/options.ts';
import { llamaEngine } from '../../../services/engine/llama/plugin.ts';
import type { FinishReason, GenerationRequest } from '../../../services/engine/protocol/generation.ts';
import { embeddedModelFile } from '../../embedded-model.ts';
import { engineSpec, forkEngine, generationRequest } from '../../engine-process.ts';
import { TINY_WORDS, tinyModel } from '../../fixtures/models/tiny-model.ts';

const KNOWN_CODES = ['ERR_MODELS_FILE', 'ERR_MODELS_ARCHITECTURE', 'ERR_ENGINE_LOAD', 'ERR_MODELS_CAPABILITY'];

describe('llama engine, given a broken file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'models-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** How the start ended; an end without a word is a failure of the test. */
  const start = async (bytes: Buffer) => {
    const path = join(folder, 'model.gguf');
    writeFileSync(path, bytes);
    const engine = forkEngine(engineSpec({ plugin: 'llama', files: [path], context: 128, slots: 1 }));
    const find = () => engine.events.find(({ type }) => type === 'ready' || type === 'fatal');
    await engine.until(() => find() !== undefined);
    await engine.stop(true);
    return find();
  };

  const whole = tinyModel();
  it.each([0, 3, 4, 11, 24, 300, 4000, Math.floor(whole.length / 2), whole.length - 64])(
    'says so when it is cut off after %i bytes',
    async (length) => {
      expect(await start(whole.subarray(0, length))).toMatchObject({
        type: 'fatal',
        code: 'ERR_MODELS_FILE',
        message: expect.stringContaining('model.gguf'),
      });
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('survives wrong bytes in its header, number %i', async (seed) => {
    const bytes = Buffer.from(whole);
    let state = seed;
    for (let count = 0; count < 3; count += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      bytes[4 + (state % 800)] = state >>> 24;
    }
    const end = await start(bytes);
    if (end?.type === 'fatal') expect(KNOWN_CODES).toContain(end.code);
  });

  it('refuses vocabularies that would end the process', async () => {
    const withoutBytes = tinyModel({ words: TINY_WORDS.filter(({ text }) => !text.startsWith('<0x')) });
    for (const model of [withoutBytes, writeSmokeModel()]) {
      expect(await start(model)).toMatchObject({ type: 'fatal', code: 'ERR_MODELS_FILE' });
    }
  });
});

describe('llama engine, given a request that fails beside one that runs', () => {
  let file = '';
  beforeAll(async () => {
    file = await embeddedModelFile();
  });

  const STORY: Partial<GenerationRequest> = { input: { kind: 'text', prompt: 'Once upon a time' }, maxTokens: 24 };
  const OTHER = { input: { kind: 'text', prompt: 'The weather of the seven seas is' } } as const;

  interface Outcome {
    text: string;
    end?: FinishReason | ServiceError;
  }

  /**
   * What comes of requests that begin in the very same step of a fresh engine: batches of another shape round differently,
   * so that only the same company leaves a text the same to the bit.
   */
  const runTogether = async (requests: readonly Partial<GenerationRequest>[]): Promise<readonly Outcome[]> => {
    const { version: _, options: __, ...spec } = engineSpec({ plugin: 'llama', files: [file], context: 256, slots: 2 });
    const life = new AbortController();
    const engine = await llamaEngine.start({
      ...{ spec, config: parseLlamaOptions({}), loading: () => {}, turn: () => {}, log: () => {} },
      ...{ now: () => performance.now(), signal: life.signal, egress: createWayOut({ rows: [] }) },
    });
    const outcomes: Outcome[] = [];
    await Promise.all(
      requests.map((request, id) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const outcome: Outcome = { text: '' };
        outcomes.push(outcome);
        const finish = (end: FinishReason | ServiceError) => {
          outcome.end = end;
          resolve();
        };
        engine.generate(id, generationRequest(request), {
          ...{ accepted: () => {}, started: () => {}, finished: finish, failed: finish },
          tokens: (text) => {
            outcome.text += text;
            return true;
          },
        });
        return promise;
      }),
    );
    await engine.stop();
    return outcomes;
  };

  it('goes on to the bit as if the other had only ended', async () => {
    const nothing = { type: 'grammar', grammar: 'root ::= [^\\x00-\\U0010FFFF]' } as const;
    const [besideFailing, failing] = await runTogether([STORY, { ...OTHER, maxTokens: 1, responseFormat: nothing }]);
    const [besideEnding, ending] = await runTogether([STORY, { ...OTHER, maxTokens: 1 }]);
    expect(failing?.end).toMatchObject({ code: 'ERR_ENGINE_GRAMMAR' });
    expect(ending?.end).toBe('length');
    expect(besideFailing).toEqual(besideEnding);
    expect(besideFailing?.end).toBe('length');
  });

  it.each<[string, Partial<GenerationRequest>, string]>([
    ['a grammar that is none', { responseFormat: { type: 'grammar', grammar: 'root ::= (' } }, 'ERR_ENGINE_GRAMMAR'],
    [
      'a grammar that begins with itself',
      { responseFormat: { type: 'grammar', grammar: 'root ::= root "a"' } },
      'ERR_ENGINE_GRAMMAR',
    ],
    ['a bias for no token', { logitBias: { 99999: 1 } }, 'ERR_HTTP_BODY_INVALID'],
    ['a token that does not exist', { input: { kind: 'tokens', tokens: [-5] } }, 'ERR_HTTP_BODY_INVALID'],
    ['an adapter it has not', { adapters: [{ id: 'x', scale: 1 }] }, 'ERR_MODELS_CAPABILITY'],
    [
      'a prompt that does not fit',
      { input: { kind: 'text', prompt: 'word '.repeat(999) } },
      'ERR_ENGINE_CONTEXT_OVERFLOW',
    ],
  ])('goes on to the bit as if the other had never come: %s', async (_, wrong, code) => {
    const [beside, failing] = await runTogether([STORY, { ...OTHER, ...wrong }]);
    const [alone] = await runTogether([STORY]);
    expect(failing?.end).toMatchObject({ code });
    expect(beside).toEqual(alone);
  });
});
