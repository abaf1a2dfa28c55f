import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readGgufHeader } from '../../services/inference/models/gguf/header.ts';
import { writeGguf } from '../../tests/fixtures/models/write-gguf.ts';
import { createPromptWriter } from './prompts.ts';
import { type Shape, writeRandomModel } from './random-model.ts';
import { readVocabulary } from './vocabulary.ts';

const SHAPE: Shape = {
  ...{ layers: 2, width: 64, heads: 4, kvHeads: 2, feedForward: 128, vocabulary: 8, context: 256 },
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clawdbot-bench-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (): string => {
  const source = join(folder, 'source.gguf');
  const metadata = {
    'tokenizer.ggml.token_type': Array.from({ length: 16 }, () => 1),
    'tokenizer.ggml.merges': ['word 1', 'word 12'],
  };
  writeFileSync(source, writeGguf({ metadata }));
  const file = join(folder, 'random.gguf');
  writeRandomModel(file, SHAPE, source);
  return file;
};

it('writes a whole file of the shape, which a reader accepts', async () => {
  const { metadata, tensors } = await readGgufHeader(write());
  expect(metadata.get('llama.block_count')).toBe(2);
  expect(tensors.count).toBe(2 + 2 * 9);
  expect(tensors.mainType).toBe('Q8_0');
});

it('keeps the first words, and the merges that make one of them', () => {
  const { tokens, types, merges, rest } = readVocabulary(write());
  expect(tokens).toEqual(Array.from({ length: 8 }, (_, index) => `word${index}`));
  expect(types).toHaveLength(8);
  expect(merges).toEqual(['word 1']);
  expect(rest.map((entry) => entry.toString('latin1'))).toContainEqual(expect.stringContaining('gpt2'));
});

it('writes prompts of so many words, the same for the same name only', () => {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const tokens = [...letters].flatMap((a) => [...letters].flatMap((b) => ['x', 'y'].map((c) => `Ġ${a}${b}${c}`)));
  const prompt = createPromptWriter({ tokens });
  expect(prompt(5, 'one').trim().split(' ')).toHaveLength(5);
  expect(prompt(5, 'one')).toBe(prompt(5, 'one'));
  expect(prompt(5, 'one')).not.toBe(prompt(5, 'two'));
  expect(() => createPromptWriter({ tokens: ['Ġword'] })).toThrow('vocabulary');
});
