import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { ModelConfig } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { type ModelFacts, readModelFacts } from '../../services/inference/models/facts.ts';
import { formatBytes, formatParameters } from '../../services/inference/models/format.ts';
import { LLAMA_CPP } from '../../services/inference/models/gguf/architectures.ts';
import { partNames } from '../../services/inference/models/gguf/parts.ts';
import { type ContextPlan, planContext } from '../../services/inference/models/memory.ts';
import { findModel } from '../../services/inference/models/resolve.ts';
import { freeMemoryBytes, modelOf, modelWith, openWorkspace, type WorkspaceOptions } from './workspace.ts';

/** `clawdbot models inspect`: what the header of a model says, and what it would take to run it here. */
export const inspectModel = async (idOrFile: string, options: WorkspaceOptions): Promise<string> => {
  const { model, files } = await find(idOrFile, options);
  const facts = await readModelFacts(model, files);
  const plan = planContext({ facts, config: model, freeBytes: freeMemoryBytes() });
  const isKnown =
    facts.architecture === undefined ? undefined : new Set<string>(LLAMA_CPP.architectures).has(facts.architecture);
  if (options.json === true) {
    return JSON.stringify({ ...facts, architectureKnown: isKnown ?? null, plan }, null, 2);
  }
  return lines(facts, plan, isKnown);
};

const find = async (
  idOrFile: string,
  options: WorkspaceOptions,
): Promise<{ model: ModelConfig; files: readonly string[] }> => {
  if (/\.gguf$/i.test(idOrFile) || (idOrFile.includes('/') && existsSync(idOrFile))) {
    const file = resolve(idOrFile);
    const folder = file.slice(0, -basename(file).length);
    return { model: modelWith('inspected', []), files: partNames(basename(file)).map((name) => `${folder}${name}`) };
  }
  const workspace = openWorkspace(options);
  const model = modelOf(workspace, idOrFile);
  const found = await findModel({ model, dir: workspace.dir });
  if (found !== undefined) return { model, files: found.files };
  throw new ServiceError(
    'ERR_MODELS_FILE',
    `model ${model.id}: expected its file in ${workspace.dir}, found none that is whole; fetch it with \`clawdbot models pull ${model.id}\``,
    { details: { model: model.id } },
  );
};

const lines = (facts: ModelFacts, plan: ContextPlan, isKnown: boolean | undefined): string => {
  const { kvBytes, totalBytes } = plan.need;
  const rows: readonly (readonly [string, string | number | undefined])[] = [
    ['name', facts.name],
    [
      'architecture',
      facts.architecture && `${facts.architecture}${isKnown ? '' : ` (not known to llama.cpp ${LLAMA_CPP.release})`}`,
    ],
    ['parameters', facts.parameters && `${formatParameters(facts.parameters)} (${facts.parameters})`],
    ['quantisation', facts.quantization],
    ['bits per weight', facts.bitsPerWeight?.toFixed(2)],
    ['trained context', facts.trainedContext],
    ['layers', facts.layers],
    ['embedding length', facts.embeddingLength],
    ['key-value heads', facts.headCountKv],
    ['vocabulary', facts.vocabulary],
    ['tokenizer', facts.tokenizer],
    ['chat template', facts.hasChatTemplate === undefined ? undefined : facts.hasChatTemplate ? 'yes' : 'no'],
    ['licence', facts.license],
    ['size', facts.fileBytes === undefined ? undefined : formatBytes(facts.fileBytes)],
    ['context here', plan.context],
    ['key-value memory', kvBytes === undefined ? undefined : `${formatBytes(kvBytes)} for ${plan.kvTokens} tokens`],
    ['memory here', totalBytes === undefined ? undefined : formatBytes(totalBytes)],
    ...facts.files.map((file) => ['file', file] as const),
  ];
  return rows
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([title, value]) => `${title.padEnd(18)}${value}`)
    .join('\n');
};
