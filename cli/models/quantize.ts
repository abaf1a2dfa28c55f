import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { modelsDir } from '../../core/config/paths.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { isQuantizeType, QUANTIZE_TYPES, type QuantizeType } from '../../services/engine/protocol/quantization.ts';
import { quantizeFile } from '../../services/engine/quantize/quantize-file.ts';
import { checkRoom } from '../../services/inference/models/disk.ts';
import { type ModelFacts, readModelFacts } from '../../services/inference/models/facts.ts';
import { lineageMetadata } from '../../services/inference/models/lineage.ts';
import { hashFile } from '../../services/inference/models/verify.ts';
import { createNarrator } from '../narration/narrator.ts';
import { findOnDisk, nameOf } from './find-model.ts';
import { describeQuantized, type Quantized } from './quantize-report.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import { modelWith, type WorkspaceOptions } from './workspace.ts';

export interface QuantizeOptions extends WorkspaceOptions {
  readonly type: QuantizeType;
  readonly out?: string;
  /** Also where the result would only seem more precise than the source. */
  readonly allowRequantize?: 'up';
}

/** `clawdbot models quantize`: the same model in another type, in a file of its own. */
export const quantizeModel = async (idOrFile: string, options: QuantizeOptions): Promise<string> => {
  const { type } = options;
  const { model, files } = await findOnDisk(idOrFile, options);
  const before = await readModelFacts(model, files);
  const [source] = files;
  if (source === undefined)
    throw refused(`model ${model.id}: expected a model with a file, got engine ${model.engine}`);
  checkDirection(before, options);
  const target = await targetOf(source, options);
  await checkRoom(dirname(target), ((before.parameters ?? 0) * QUANTIZE_TYPES[type].bits) / 8);
  const result = await run(source, target, { before, type, isQuiet: options.json === true });
  const after = await readModelFacts(modelWith(nameOf(target), []), [target]);
  const quantized: Quantized = { source, target, type, before, after, ...result };
  return options.json === true ? JSON.stringify(summaryOf(quantized), null, 2) : describeQuantized(quantized);
};

interface Work {
  readonly before: ModelFacts;
  readonly type: QuantizeType;
  readonly isQuiet: boolean;
}

const run = async (source: string, target: string, { before, type, isQuiet }: Work) => {
  const interrupted = stopOnSignals(refused('stopped; nothing is left behind'));
  const narrator = isQuiet ? undefined : createNarrator(process.stderr);
  const tell = (ratio: number | undefined) => narrator?.progress('quantize', basename(target), ratio, '');
  try {
    const metadata = lineageMetadata({
      source: basename(source),
      sha256: await hashFile(source, interrupted.signal),
      from: before.quantization ?? 'unknown',
      type: type.toUpperCase(),
      date: new Date().toISOString().slice(0, 10),
    });
    return await quantizeFile({ source, target, type, metadata, onProgress: tell, signal: interrupted.signal });
  } finally {
    narrator?.forget('quantize');
    narrator?.close();
    interrupted.release();
  }
};

/** Precision that is lost cannot be had back: a larger type only takes more memory, unless that is what is wanted. */
const checkDirection = (facts: ModelFacts, { type, allowRequantize }: QuantizeOptions): void => {
  const label = facts.quantization?.toLowerCase() ?? '';
  if (label === type) {
    throw refused(
      `model ${facts.id}: expected a type other than its own, got ${type}; it is ${facts.quantization} already`,
    );
  }
  const bits = isQuantizeType(label) ? QUANTIZE_TYPES[label].bits : facts.bitsPerWeight;
  if (bits === undefined || QUANTIZE_TYPES[type].bits <= bits || allowRequantize === 'up') return;
  throw refused(
    `model ${facts.id}: expected a type below ${facts.quantization ?? 'its own'} (${bits} bits per weight), got ${type} (${QUANTIZE_TYPES[type].bits}): the file would grow and nothing that was lost would come back; where that is wanted all the same, add --allow-requantize up`,
  );
};

const LABEL = /[.-](?:[a-z]{0,3}\d\w*|f16|f32|bf16)$/i;

/** Beside no other file of the cache, under the name of the source with the new type in it. */
const targetOf = async (source: string, { type, out }: QuantizeOptions): Promise<string> => {
  const stem = basename(source)
    .replace(/-00001-of-\d{5}(?=\.gguf$)/i, '')
    .replace(/\.gguf$/i, '')
    .replace(LABEL, '');
  const target = resolve(out ?? join(modelsDir(process.env), 'quantized', `${stem}.${type.toUpperCase()}.gguf`));
  if (out === undefined) await mkdir(dirname(target), { recursive: true });
  if (existsSync(target)) {
    throw refused(
      `${target}: expected a file that does not exist yet, found one; delete it or name another with --out`,
    );
  }
  if (existsSync(dirname(target))) return target;
  throw refused(`--out: expected a file in a folder that exists, got ${target}; create the folder first`);
};

const summaryOf = ({ source, target, type, before, after, fallbacks, release }: Quantized) => ({
  ...{ source, target, type, llamaCpp: release },
  fileBytes: { before: before.fileBytes, after: after.fileBytes },
  bitsPerWeight: { before: before.bitsPerWeight, after: after.bitsPerWeight, nominal: QUANTIZE_TYPES[type].bits },
  fallbacks,
  lineage: after.lineage,
});

const refused = (message: string): ServiceError => new ServiceError('ERR_MODELS_QUANTIZE', message);
