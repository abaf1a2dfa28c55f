import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compareModels } from '../../../cli/models/compare.ts';
import { runErrand } from '../../../services/engine/errand/run-errand.ts';
import { measureResult } from '../../../services/engine/measure/job.ts';
import { measureModel } from '../../../services/engine/measure/measure-model.ts';
import type { QuantizeType } from '../../../services/engine/protocol/quantization.ts';
import { type QuantizeJob, quantizeResult } from '../../../services/engine/quantize/job.ts';
import { quantizeFile } from '../../../services/engine/quantize/quantize-file.ts';
import { readModelFacts } from '../../../services/inference/models/facts.ts';
import { lineageMetadata } from '../../../services/inference/models/lineage.ts';
import { embeddedModelConfig, embeddedModelFile } from '../../embedded-model.ts';
import { engineSpec, startEngine } from '../../engine-process.ts';
import { writeGguf } from '../../fixtures/models/write-gguf.ts';

const source = await embeddedModelFile();
const comparison = z.object({ models: z.tuple([measureResult, measureResult]) });
const LINEAGE = { source: 'source.gguf', sha256: 'a'.repeat(64), from: 'Q4_1', type: 'any', date: '2026-01-02' };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdbot-quantized-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const quantized = async (type: QuantizeType) => {
  const target = join(folder, `${type}.gguf`);
  const metadata = lineageMetadata(LINEAGE);
  const result = existsSync(target) ? undefined : await quantizeFile({ source, target, type, metadata });
  return { target, result, facts: await readModelFacts(embeddedModelConfig(), [target]) };
};

const answerOf = async (file: string): Promise<string> => {
  await using engine = await startEngine(
    engineSpec({ plugin: 'llama', files: [file], context: 512, slots: 1, threads: 2, kvTokens: 512 }),
  );
  const input = { kind: 'text', prompt: 'The capital of France is' } as const;
  const { text, end } = await engine.generate({ input, maxTokens: 12 });
  expect(end.type).toBe('finished');
  return text;
};

describe("llama.cpp's quantiser in a process of its own", () => {
  it.each([
    ['f16', 'F16', 16, 'Paris'],
    ['q8_0', 'Q8_0', 8.5, 'Paris'],
    // So small a model forgets the answer when it is rounded twice.
    ['q4_0', 'Q4_0', 5.35, ''],
  ] as const)('makes a %s file that the engine answers from', async (type, label, bits, word) => {
    const { target, facts } = await quantized(type);
    expect(facts.quantization).toBe(label);
    expect(facts.bitsPerWeight).toBeCloseTo(bits, 1);
    expect(facts.lineage).toEqual({ ...LINEAGE, llamaCpp: expect.stringMatching(/^v/) });
    const answer = await answerOf(target);
    expect(answer).toMatch(/\w/);
    expect(answer).toContain(word);
  });

  it('tells which tensors fell back, and that the file became larger for it', async () => {
    const { result, facts } = await quantized('q4_k_m');
    expect(result?.fallbacks).toContainEqual({
      ...{ tensor: 'blk.0.attn_k.weight', columns: 576, wanted: 'q4_K', got: 'q5_0' },
    });
    expect(result?.fallbacks.length).toBeGreaterThan(100);
    expect(facts.bitsPerWeight).toBeGreaterThan(6);
    expect(facts.fileBytes).toBeGreaterThan(98_362_432);
  });

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full', async () => {
    const job: QuantizeJob = { source, target: '/dev/full', type: 'q4_0', threads: 1, metadata: {} };
    const main = new URL('../../../services/engine/quantize/main.ts', import.meta.url);
    await expect(runErrand({ name: 'the quantiser', main, job, result: quantizeResult })).rejects.toMatchObject({
      code: 'ERR_MODELS_DISK',
      message: expect.stringContaining('ENOSPC'),
    });
  });

  it('says in the words of llama.cpp why it cannot read a file', async () => {
    const odd = join(folder, 'odd.gguf');
    await writeFile(odd, writeGguf());
    await expect(quantizeFile({ source: odd, target: join(folder, 'none.gguf'), type: 'q4_0' })).rejects.toMatchObject({
      code: 'ERR_MODELS_QUANTIZE',
      message: expect.stringContaining('odd.gguf: llama.cpp could not quantise it: '),
    });
    expect(existsSync(join(folder, 'none.gguf'))).toBe(false);
  });
});

describe('measuring a model', () => {
  it('finds less precise weights smaller and more surprised', async () => {
    const files = [(await quantized('q8_0')).target, (await quantized('q4_0')).target] as const;
    const text = await compareModels(files, { data: folder, rounds: 1, threads: 2, json: true });
    const [fine, coarse] = comparison.parse(JSON.parse(text)).models;
    expect(coarse.perplexity).toBeGreaterThan(fine.perplexity);
    expect(fine.perplexity).toBeLessThan(60);
    expect(coarse.weightsBytes).toBeLessThan(fine.weightsBytes);
    expect(coarse.kvBytes).toBe(4096 * 23_040);
    for (const { promptTokensPerSecond, answerTokensPerSecond, rssBytes, weightsBytes } of [fine, coarse]) {
      expect(promptTokensPerSecond).toBeGreaterThan(0);
      expect(answerTokensPerSecond).toBeGreaterThan(0);
      expect(rssBytes).toBeGreaterThan(weightsBytes);
    }
  });

  it('says what is wrong with a file it cannot load', async () => {
    const odd = join(folder, 'odd.gguf');
    await writeFile(odd, writeGguf());
    const job = { file: odd, threads: 1, cells: 256, promptTokens: 1, answerTokens: 1 };
    await expect(measureModel(job, new AbortController().signal)).rejects.toMatchObject({
      message: expect.stringContaining('odd.gguf'),
    });
  });
});
