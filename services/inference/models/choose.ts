import type { Config, ScenarioConfig } from '../../../core/config/schema.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Candidate } from './candidate.ts';
import { suggestFor } from './catalogue/fit.ts';
import { formatParameters } from './format.ts';
import { staysHere } from './leaving.ts';
import { type Machine, thisMachine } from './machine.ts';
import { type Selection, selectModel } from './select.ts';

/** What a request says about the model it wants. */
export interface Wish {
  readonly model?: string | undefined;
  readonly scenario?: string | undefined;
  /** The only models the caller may know of, which is as if no others were configured; absent: all. */
  readonly allowed?: ReadonlySet<string> | undefined;
}

type ModelsAndScenarios = Pick<Config, 'models' | 'scenarios'>;

/** The model that serves a request: the one it names, else the one its scenario chooses, else the first configured. */
export const chooseModel = (
  { model, scenario, allowed }: Wish,
  config: ModelsAndScenarios,
  candidates: readonly Candidate[],
  machine: () => Machine = thisMachine,
): string => {
  if (scenario !== undefined && model === undefined) {
    return chooseForScenario({ scenario, allowed }, config, candidates, machine).model;
  }
  const models = config.models.filter(({ id }) => mayUse(allowed, id));
  const chosen = model === undefined ? models[0] : models.find(({ id }) => id === model);
  if (chosen === undefined) throw unknownModel(models.map(({ id }) => id));
  return chosen.id;
};

const mayUse = (allowed: Wish['allowed'], id: string): boolean => allowed === undefined || allowed.has(id);

/** The explained choice; throws ERR_MODELS_SCENARIO_UNKNOWN or, with the whole table, ERR_MODELS_NONE_FITS. */
export const chooseForScenario = (
  { scenario: name, allowed }: Pick<Wish, 'allowed'> & { readonly scenario: string },
  config: ModelsAndScenarios,
  candidates: readonly Candidate[],
  machine: () => Machine = thisMachine,
): Selection & { readonly model: string } => {
  // hasOwn: a scenario may be called like something every object inherits.
  const scenario = Object.hasOwn(config.scenarios, name) ? config.scenarios[name] : undefined;
  if (scenario === undefined) throw unknownScenario(Object.keys(config.scenarios));
  const visible = candidates.filter(({ facts }) => mayUse(allowed, facts.id));
  const selection = selectModel(name, scenario, visible);
  const { model } = selection;
  if (model === undefined) throw mustStay(selection) ?? noneFits(selection, scenario, machine());
  return { ...selection, model };
};

const unknownModel = (known: readonly string[]): ServiceError =>
  new ServiceError(
    'ERR_MODELS_UNKNOWN',
    `model: expected one of ${known.join(', ') || '(none is open to this credential)'}; the one asked for is not configured`,
    { details: { known } },
  );

const unknownScenario = (known: readonly string[]): ServiceError =>
  new ServiceError(
    'ERR_MODELS_SCENARIO_UNKNOWN',
    `scenario: expected one of ${known.join(', ') || '(none is configured)'}; the one asked for is not configured`,
    { details: { known } },
  );

/** Where nothing but the way out stands between the request and a model, that is what to say. */
const mustStay = ({ scenario, candidates }: Selection): ServiceError | undefined => {
  const [refused] = candidates.flatMap(({ model, checks }) => {
    const failed = checks.filter(({ passed }) => !passed);
    return failed.length > 0 && failed.every(({ constraint }) => constraint === 'egress') ? [{ model, failed }] : [];
  });
  if (refused === undefined) return undefined;
  const reason = refused.failed[0]?.note ?? 'its requests may not leave this machine';
  return staysHere(
    `model ${refused.model} runs on another machine and no other meets scenario ${scenario}: ${reason}`,
    scenario,
  );
};

const noneFits = (selection: Selection, scenario: ScenarioConfig, machine: Machine): ServiceError => {
  const [best] = suggestFor(scenario, machine);
  const suggestion =
    best === undefined
      ? null
      : {
          model: best.id,
          parameters: best.parameters,
          quantization: best.quantization,
          fileBytes: best.fileBytes,
          command: `clawdbot models add ${best.id}`,
        };
  const advice =
    best === undefined
      ? 'no model of the catalogue meets them on this machine either'
      : `${best.name} (${formatParameters(best.parameters)}, ${best.quantization}) would fit this machine: clawdbot models add ${best.id}`;
  return new ServiceError(
    'ERR_MODELS_NONE_FITS',
    `no configured model meets the constraints of scenario ${selection.scenario}; ${advice}`,
    { details: { scenario: selection.scenario, candidates: selection.candidates, suggestion } },
  );
};
