import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { ServiceError } from '../../core/errors/service-error.ts';
import type { MeasureResult } from '../../services/engine/measure/job.ts';
import { measureModel } from '../../services/engine/measure/measure-model.ts';
import { type ModelFacts, readModelFacts } from '../../services/inference/models/facts.ts';
import { formatBytes } from '../../services/inference/models/format.ts';
import { createNarrator } from '../narration/narrator.ts';
import { findOnDisk } from './find-model.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import { renderTable, shown, UNKNOWN } from './table.ts';
import type { WorkspaceOptions } from './workspace.ts';

export interface CompareOptions extends WorkspaceOptions {
  readonly rounds: number;
  readonly threads?: number;
}

/** One of the two. */
export interface Compared extends MeasureResult {
  readonly id: string;
  readonly file: string;
  readonly fileBytes?: number;
  readonly quantization?: string;
  readonly bitsPerWeight?: number;
}

const CELLS = 4096;
const PROMPT_TOKENS = 256;
const ANSWER_TOKENS = 32;

/** `clawdbot models compare`: two models side by side on this machine, measured in turns. */
export const compareModels = async (ids: readonly [string, string], options: CompareOptions): Promise<string> => {
  const pair = await Promise.all(ids.map((id) => open(id, options)));
  const models = await measureInTurns(pair, options);
  if (options.json === true) {
    return JSON.stringify({ cells: CELLS, promptTokens: PROMPT_TOKENS, answerTokens: ANSWER_TOKENS, models }, null, 2);
  }
  return describe(models);
};

interface Opened {
  readonly facts: ModelFacts;
  readonly file: string;
}

const open = async (id: string, options: CompareOptions): Promise<Opened> => {
  const { model, files } = await findOnDisk(id, options);
  const [file] = files;
  if (file !== undefined) return { facts: await readModelFacts(model, files), file };
  throw new ServiceError(
    'ERR_MODELS_CAPABILITY',
    `model ${model.id}: expected a model with a file, got engine ${model.engine}; only models that run here are compared`,
  );
};

const measureInTurns = async (pair: readonly Opened[], options: CompareOptions): Promise<readonly Compared[]> => {
  const interrupted = stopOnSignals(new ServiceError('ERR_ENGINE_FAILED', 'stopped before the models were measured'));
  const narrator = options.json === true ? undefined : createNarrator(process.stderr);
  const threads = options.threads ?? availableParallelism();
  const rounds: MeasureResult[][] = pair.map(() => []);
  try {
    for (let round = 0; round < options.rounds; round += 1) {
      for (const [index, { file }] of pair.entries()) {
        narrator?.show('compare', 'busy', `round ${round + 1} of ${options.rounds}: ${basename(file)}`);
        const job = { file, threads, cells: CELLS, promptTokens: PROMPT_TOKENS, answerTokens: ANSWER_TOKENS };
        rounds[index]?.push(await measureModel(job, interrupted.signal));
      }
    }
  } finally {
    narrator?.forget('compare');
    narrator?.close();
    interrupted.release();
  }
  return pair.map((opened, index) => summarise(opened, rounds[index] ?? []));
};

/** The median of what varies from round to round; the rest is the same in all of them. */
const summarise = ({ facts, file }: Opened, results: readonly MeasureResult[]): Compared => {
  const [first] = results;
  if (first === undefined) throw new TypeError('no round was run');
  const { id, fileBytes, quantization, bitsPerWeight } = facts;
  return {
    ...{ id, file, ...(fileBytes === undefined ? {} : { fileBytes }) },
    ...(quantization === undefined ? {} : { quantization }),
    ...(bitsPerWeight === undefined ? {} : { bitsPerWeight }),
    ...first,
    rssBytes: median(results.map(({ rssBytes }) => rssBytes)),
    promptTokensPerSecond: median(results.map(({ promptTokensPerSecond }) => promptTokensPerSecond)),
    answerTokensPerSecond: median(results.map(({ answerTokensPerSecond }) => answerTokensPerSecond)),
  };
};

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
};

/** A line of the table: what it says, the number of a model, and how a person reads it. */
const ROWS: readonly (readonly [string, (model: Compared) => number | undefined, (value: number) => string])[] = [
  ['file', ({ fileBytes }) => fileBytes, formatBytes],
  ['bits per weight', ({ bitsPerWeight }) => bitsPerWeight, (value) => value.toFixed(2)],
  ['memory of the process', ({ rssBytes }) => rssBytes, formatBytes],
  ['weights', ({ weightsBytes }) => weightsBytes, formatBytes],
  [`key-value memory (${CELLS} tokens)`, ({ kvBytes }) => kvBytes, formatBytes],
  ['compute buffers', ({ computeBytes }) => computeBytes, formatBytes],
  ['prompt tokens/s', ({ promptTokensPerSecond }) => promptTokensPerSecond, (value) => value.toFixed(1)],
  ['answer tokens/s', ({ answerTokensPerSecond }) => answerTokensPerSecond, (value) => value.toFixed(1)],
  ['perplexity', ({ perplexity }) => perplexity, (value) => value.toFixed(2)],
];

const describe = (models: readonly Compared[]): string => {
  const head = ['', ...models.map(({ id, quantization }) => `${id} (${quantization ?? 'type unknown'})`), 'RATIO'];
  const rows = ROWS.map(([title, read, format]) => {
    const [a, b] = models.map(read);
    const ratio = a === undefined || b === undefined || a === 0 ? UNKNOWN : (b / a).toFixed(2);
    return [title, ...models.map((model) => shown(read(model), format)), ratio];
  });
  const note = `Perplexity of a text of ${models[0]?.textTokens} tokens, lower is better; it says little between models of different vocabularies.`;
  return `${renderTable(head, rows, new Set([1, 2, 3]))}\n\n${note}`;
};
