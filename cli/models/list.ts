import type { ModelConfig } from '../../core/config/schema.ts';
import { type ModelFacts, readModelFacts } from '../../services/inference/models/facts.ts';
import { formatBytes, formatParameters } from '../../services/inference/models/format.ts';
import { type ContextPlan, fits, planContext } from '../../services/inference/models/memory.ts';
import { findModel } from '../../services/inference/models/resolve.ts';
import { renderTable, shown, UNKNOWN } from './table.ts';
import { entryOf, freeMemoryBytes, openWorkspace, type WorkspaceOptions } from './workspace.ts';

/** One configured model as `models list` shows it. */
export interface ListedModel {
  readonly id: string;
  readonly engine: string;
  /** `remote`: served elsewhere, nothing to download. */
  readonly state: 'cached' | 'not downloaded' | 'remote';
  readonly parameters?: number;
  readonly bitsPerWeight?: number;
  readonly quantization?: string;
  /** Tokens it was trained for, and what a request gets here. */
  readonly trainedContext?: number;
  readonly context?: number;
  readonly fileBytes?: number;
  readonly license?: string;
  readonly memory: ContextPlan['need'] & { readonly fits?: boolean };
  readonly tags: readonly string[];
  readonly files: readonly string[];
}

/** `clawdbot models list`. */
export const listModels = async (options: WorkspaceOptions): Promise<string> => {
  const { config, dir } = openWorkspace(options);
  const freeBytes = freeMemoryBytes();
  const models = await Promise.all(config.models.map((model) => describe(model, dir, freeBytes)));
  return options.json === true ? JSON.stringify({ dir, models }, null, 2) : `${table(models)}\n\ncache: ${dir}`;
};

const describe = async (model: ModelConfig, dir: string, freeBytes: number): Promise<ListedModel> => {
  const found = await findModel({ model, dir });
  const facts = found === undefined ? factsBefore(model) : await readModelFacts(model, found.files);
  const plan = planContext({ facts, config: model, freeBytes });
  const room = fits(plan, freeBytes);
  return {
    id: model.id,
    engine: model.engine,
    state: found === undefined ? 'not downloaded' : found.files.length === 0 ? 'remote' : 'cached',
    ...pick(facts),
    ...(typeof plan.context === 'number' ? { context: plan.context } : {}),
    memory: { ...plan.need, ...(room === undefined ? {} : { fits: room }) },
    tags: model.tags,
    files: facts.files,
  };
};

/** Before it is downloaded, a model is known as far as the catalogue knows the file of its hash. */
const factsBefore = (model: ModelConfig): ModelFacts => {
  const entry = entryOf(model);
  const base = { id: model.id, engine: model.engine, tags: model.tags, files: [] };
  if (entry === undefined) return base;
  const { parameters, quantization, fileBytes, license, context } = entry;
  return {
    ...base,
    parameters,
    quantization,
    fileBytes,
    license,
    bitsPerWeight: (fileBytes * 8) / parameters,
    ...(context === undefined ? {} : { trainedContext: context }),
  };
};

const pick = ({ parameters, bitsPerWeight, quantization, trainedContext, fileBytes, license }: ModelFacts) => ({
  ...(parameters === undefined ? {} : { parameters }),
  ...(bitsPerWeight === undefined ? {} : { bitsPerWeight }),
  ...(quantization === undefined ? {} : { quantization }),
  ...(trainedContext === undefined ? {} : { trainedContext }),
  ...(fileBytes === undefined ? {} : { fileBytes }),
  ...(license === undefined ? {} : { license }),
});

const HEAD = ['ID', 'PARAMETERS', 'QUANTISATION', 'CONTEXT', 'SIZE', 'LICENCE', 'MEMORY HERE', 'STATE'];
const RIGHT = new Set([1, 3, 4]);

const table = (models: readonly ListedModel[]): string =>
  renderTable(
    HEAD,
    models.map((model) => [
      model.id,
      shown(model.parameters, formatParameters),
      shown(model.quantization, (label) => quantisation(label, model.bitsPerWeight)),
      shown(model.context ?? model.trainedContext, String),
      shown(model.fileBytes, formatBytes),
      shown(model.license, String),
      memory(model.memory),
      model.state,
    ]),
    RIGHT,
  );

const quantisation = (label: string, bits: number | undefined): string =>
  bits === undefined ? label : `${label} (${bits.toFixed(1)} bits)`;

const memory = ({ weightsBytes, kvBytes, fits: hasRoom }: ListedModel['memory']): string => {
  const kv = kvBytes === undefined ? 'KV not known yet' : `${formatBytes(kvBytes)} KV`;
  const parts = weightsBytes === undefined ? UNKNOWN : `${formatBytes(weightsBytes)} + ${kv}`;
  return hasRoom === false ? `${parts} (does not fit now)` : parts;
};
