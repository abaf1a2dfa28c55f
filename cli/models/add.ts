import { join } from 'node:path';
import type { ModelConfig, ScenarioConfig } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { CATALOGUE, type CatalogueEntry } from '../../services/inference/models/catalogue/catalogue.ts';
import { suggestFor } from '../../services/inference/models/catalogue/fit.ts';
import { formatBytes, formatParameters } from '../../services/inference/models/format.ts';
import type { Machine } from '../../services/inference/models/machine.ts';
import { rateCatalogue, renderCatalogue } from './catalogue-table.ts';
import { editModels } from './edit-config.ts';
import { describeMachine, openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts';

export interface AddOptions extends WorkspaceOptions {
  readonly hf?: string;
  readonly sha256?: string;
  readonly id?: string;
  readonly scenario?: string;
  readonly default?: boolean;
}

interface Addition {
  readonly model: Readonly<Record<string, unknown>> & Pick<ModelConfig, 'id'>;
  readonly comment: string;
}

/** `clawdbot models add`: writes a model into the configuration, or shows what there is to add. */
export const addModel = async (id: string | undefined, options: AddOptions): Promise<string> => {
  const workspace = openWorkspace(options);
  const machine = await describeMachine(workspace.dir);
  const addition = choose(id, options, workspace, machine);
  if (addition === undefined) return showCatalogue(workspace, machine, options);
  const { model } = addition;
  if (workspace.config.models.some((configured) => configured.id === model.id)) {
    throw new ServiceError('ERR_CONFIG_INVALID', `model ${model.id}: it is configured already; choose another --id`);
  }
  const file = workspace.file ?? join(options.data, 'clawdbot.yaml');
  await editModels(file, { add: { ...addition, first: options.default === true } });
  if (options.json === true) return JSON.stringify({ added: model.id, file, model }, null, 2);
  return [
    `added ${model.id} to ${file}: ${addition.comment}`,
    `next: clawdbot models pull ${model.id}   (the service also fetches it by itself)`,
    '      then restart the service: models are read when it starts',
  ].join('\n');
};

const choose = (
  id: string | undefined,
  options: AddOptions,
  workspace: Workspace,
  machine: Machine,
): Addition | undefined => {
  if (options.hf !== undefined) return fromHuggingFace(options.hf, options);
  if (id !== undefined) return fromCatalogue(entryNamed(id), options);
  if (options.scenario === undefined) return undefined;
  const scenario = scenarioNamed(options.scenario, workspace);
  const [best] = suggestFor(scenario, machine);
  if (best !== undefined) return fromCatalogue(best, options);
  throw new ServiceError(
    'ERR_MODELS_NONE_FITS',
    `no model of the catalogue meets scenario ${options.scenario} on this machine (${formatBytes(machine.memoryBytes)} of memory); \`clawdbot models add\` without arguments says why for each`,
    {
      details: {
        catalogue: rateCatalogue(machine, scenario).map(({ id: entry, verdict }) => ({ id: entry, verdict })),
      },
    },
  );
};

const entryNamed = (id: string): CatalogueEntry => {
  const entry = CATALOGUE.find((candidate) => candidate.id === id);
  if (entry !== undefined) return entry;
  const known = CATALOGUE.map((candidate) => candidate.id);
  throw new ServiceError(
    'ERR_MODELS_UNKNOWN',
    `catalogue: expected one of ${known.join(', ')}; got ${JSON.stringify(id)}; other models are added with --hf owner/repository/file.gguf`,
    { details: { known } },
  );
};

const scenarioNamed = (name: string, { config }: Workspace): ScenarioConfig => {
  const scenario = Object.hasOwn(config.scenarios, name) ? config.scenarios[name] : undefined;
  if (scenario !== undefined) return scenario;
  const known = Object.keys(config.scenarios);
  throw new ServiceError(
    'ERR_MODELS_SCENARIO_UNKNOWN',
    `--scenario: expected one of ${known.join(', ')}; got ${JSON.stringify(name)}`,
    {
      details: { known },
    },
  );
};

const fromCatalogue = (entry: CatalogueEntry, { id }: AddOptions): Addition => ({
  model: { id: id ?? entry.id, sources: entry.sources, tags: entry.tags },
  comment: `${entry.name}: ${formatParameters(entry.parameters)} parameters, ${entry.quantization}, ${formatBytes(entry.fileBytes)}, licence ${entry.license}${entry.tried === 'yes' ? '' : ', not tried by this project'}`,
});

const fromHuggingFace = (hf: string, { id, sha256 }: AddOptions): Addition => {
  const name = (hf.split('/').at(-1) ?? hf).replace(/\.gguf$/i, '').toLowerCase();
  return {
    model: { id: id ?? name, sources: [{ hf, ...(sha256 === undefined ? {} : { sha256 }) }] },
    comment: `from https://huggingface.co/${hf.split('/').slice(0, 2).join('/')}${sha256 === undefined ? '; no hash is known, so any file of that name is believed' : ''}`,
  };
};

const showCatalogue = ({ config }: Workspace, machine: Machine, { json, scenario }: AddOptions): string => {
  const entries = rateCatalogue(machine, scenario === undefined ? undefined : config.scenarios[scenario]);
  if (json === true) return JSON.stringify({ machine, catalogue: entries }, null, 2);
  return [
    renderCatalogue(entries),
    '',
    `this machine: ${formatBytes(machine.memoryBytes)} of memory`,
    'add one: clawdbot models add <id>, or let a scenario choose: clawdbot models add --scenario chat',
  ].join('\n');
};
