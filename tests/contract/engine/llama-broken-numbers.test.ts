import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWayOut } from '../../../core/egress/way-out.ts';
import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { Engine } from '../../../services/engine/engine.ts';
import { parseLlamaOptions } from '../../../services/engine/llama/options.ts';
import { llamaEngine } from '../../../services/engine/llama/plugin.ts';
import type { FinishReason, GenerationRequest } from '../../../services/engine/protocol/generation.ts';
import { engineSpec, generationRequest } from '../../engine-process.ts';
import { TINY_WORDS, tinyModel } from '../../fixtures/models/tiny-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'models-'));
const file = join(folder, 'damaged.gguf');
beforeAll(() => {
  const broken = TINY_WORDS.findIndex(({ text }) => text === 'z');
  writeFileSync(file, tinyModel({ brokenTokens: [broken] }));
});
afterAll(() => rmSync(folder, { recursive: true }));

const start = (kvLayout: string): Promise<Engine> => {
  const { version: _, options: __, ...spec } = engineSpec({ plugin: 'llama', files: [file], context: 128, slots: 2 });
  return llamaEngine.start({
    ...{ spec, config: parseLlamaOptions({ kvLayout }), loading: () => {}, turn: () => {}, log: () => {} },
    ...{ now: () => performance.now(), signal: new AbortController().signal, egress: createWayOut({ rows: [] }) },
  });
};

interface Outcome {
  text: string;
  end?: FinishReason | ServiceError;
}

let nextId = 0;
const run = (engine: Engine, prompt: string, maxTokens: number): Promise<Outcome> => {
  nextId += 1;
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const outcome: Outcome = { text: '' };
  const finish = (end: FinishReason | ServiceError) => resolve({ ...outcome, end });
  const request: Partial<GenerationRequest> = { input: { kind: 'text', prompt }, maxTokens, temperature: 0 };
  engine.generate(nextId, generationRequest(request), {
    ...{ accepted: () => {}, started: () => {}, finished: finish, failed: finish },
    tokens: (text) => {
      outcome.text += text;
      return true;
    },
  });
  return promise;
};

const LONG = 'the cat in the hat and the other thing '.repeat(2).slice(0, 72);

// One row of the embedding is damaged: whoever writes that letter gets values that are no numbers.
describe.each(['pool', 'streams'])('values that are no numbers, in a %s', (layout) => {
  it.each([
    ['short', 'the cat'],
    ['long', LONG],
  ])('fail the request that has them, and leave a %s one beside it the same to the bit', async (_, prompt) => {
    const together = async (other: string) => {
      const engine = await start(layout);
      const outcomes = await Promise.all([run(engine, prompt, 24), run(engine, other, 1)]);
      await engine.stop();
      return outcomes;
    };
    const [beside, failing] = await together('an z');
    const [expected, ending] = await together('an y');
    expect(failing).toMatchObject({ text: '', end: { code: 'ERR_ENGINE_FAILED' } });
    expect(failing?.end).toHaveProperty('message', expect.stringContaining('no numbers'));
    expect(ending?.end).toBe('length');
    expect(expected?.end).toBe('length');
    expect(beside).toEqual(expected);
  });

  it('leave nothing behind for whoever comes after', async () => {
    const [fresh, used] = [await start(layout), await start(layout)];
    for (const prompt of ['z', `${LONG}z`, 'an z in the']) {
      expect((await run(used, prompt, 4)).end).toMatchObject({ code: 'ERR_ENGINE_FAILED' });
    }
    for (const prompt of ['the', LONG, 'an y in the']) {
      expect(await run(used, prompt, 16)).toEqual(await run(fresh, prompt, 16));
    }
    await Promise.all([fresh.stop(), used.stop()]);
  });
});
