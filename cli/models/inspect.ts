import { describeNeed } from '../../services/inference/models/describe-fit.ts';
import { type ModelFacts, readModelFacts } from '../../services/inference/models/facts.ts';
import { formatBytes, formatParameters } from '../../services/inference/models/format.ts';
import { LLAMA_CPP } from '../../services/inference/models/gguf/architectures.ts';
import type { Lineage } from '../../services/inference/models/lineage.ts';
import { type ContextPlan, planContext } from '../../services/inference/models/memory.ts';
import { findOnDisk } from './find-model.ts';
import { freeMemoryBytes, type WorkspaceOptions } from './workspace.ts';

/** `clawdbot models inspect`: what the header of a model says, and what it would take to run it here. */
export const inspectModel = async (idOrFile: string, options: WorkspaceOptions): Promise<string> => {
  const { model, files } = await findOnDisk(idOrFile, options);
  const facts = await readModelFacts(model, files);
  const plan = planContext({ facts, config: model, freeBytes: freeMemoryBytes() });
  const isKnown =
    facts.architecture === undefined ? undefined : new Set<string>(LLAMA_CPP.architectures).has(facts.architecture);
  if (options.json === true) {
    return JSON.stringify({ ...facts, architectureKnown: isKnown ?? null, plan }, null, 2);
  }
  return lines(facts, plan, isKnown);
};

const describeLineage = ({ source, sha256, from, type, llamaCpp, date }: Lineage): string =>
  `${source} (${from} to ${type}, llama.cpp ${llamaCpp}, ${date}, sha256 ${sha256})`;

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
    ['memory here', totalBytes === undefined ? undefined : describeNeed(plan.need)],
    ['quantised from', facts.lineage && describeLineage(facts.lineage)],
    ...facts.files.map((file) => ['file', file] as const),
  ];
  return rows
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([title, value]) => `${title.padEnd(18)}${value}`)
    .join('\n');
};
