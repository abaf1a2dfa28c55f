import { loadavg } from 'node:os';
import { EMBEDDED_MODEL, type ModelConfig } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { paceModel } from '../../services/engine/measure/pace-model.ts';
import { CATALOGUE, type CatalogueEntry } from '../../services/inference/models/catalogue/catalogue.ts';
import { bitsPerWeightOf, fitsHere } from '../../services/inference/models/catalogue/fit.ts';
import { type ModelFacts, readModelFacts } from '../../services/inference/models/facts.ts';
import { fitModel } from '../../services/inference/models/fit.ts';
import { type FoundModel, findOnDisk } from '../models/find-model.ts';
import { entryOf, freeMemoryBytes, modelOf, openWorkspace, type WorkspaceOptions } from '../models/workspace.ts';
import { calibrate, type Forecast, forecastWith, forecastWithout, type ModelShape, type Roofline } from './forecast.ts';
import { type ModelVerdict, verdictOf } from './verdict.ts';

export interface JudgeOptions extends WorkspaceOptions {
  readonly id: string;
  /** Bytes per second that memory gives; absent where it was not measured. */
  readonly bandwidth?: number;
  /** As many as an engine would take here. */
  readonly threads: number;
  /** Whether the embedded model is decoded for two seconds. */
  readonly isCalibrated: boolean;
  readonly signal: AbortSignal;
}

/** Two seconds, and as many sequences as tell what one costs. */
export const CALIBRATION = { sequences: [1, 4, 8], forMs: 2000 };

/** Cores that are left to others on all but the smallest machines; as `engines.threads: auto`. */
const MOST_TAKEN_WHOLLY = 2;

/** Threads the engines would take of so many cores. */
export const engineThreads = (cores: number): number =>
  Math.max(1, Math.floor(cores > MOST_TAKEN_WHOLLY ? cores - 1 : cores));

/** Does this model fit here, with which setting, and how fast will it be? */
export const judgeModel = async (options: JudgeOptions): Promise<ModelVerdict> => {
  const { model, facts, entry } = await describeModel(options);
  const free = { hostBytes: freeMemoryBytes() };
  const shape = shapeOf(facts);
  const roofline = options.isCalibrated ? await calibrateHere(options) : undefined;
  const isBusy = (loadavg()[0] ?? 0) > options.threads / 2;
  const forecast = (sequences: number): Forecast | undefined => {
    if (shape === undefined) return undefined;
    if (roofline !== undefined) return forecastWith(roofline, shape, sequences);
    return sequences === 1 && options.bandwidth !== undefined ? forecastWithout(options.bandwidth, shape) : undefined;
  };
  if (facts.files.length === 0 && entry !== undefined) {
    const { fits, neededBytes } = fitsHere(entry, { memoryBytes: free.hostBytes });
    return verdictOf({ facts, slots: model.slots, free, isBusy, forecast, catalogue: { fits, neededBytes } });
  }
  return verdictOf({
    facts,
    slots: model.slots,
    free,
    isBusy,
    forecast,
    fit: fitModel({ facts, config: model, free }),
  });
};

interface Described {
  readonly model: ModelConfig;
  readonly facts: ModelFacts;
  readonly entry: CatalogueEntry | undefined;
}

/** From its file where it is here, else from the catalogue: then what takes its header is left open. */
const describeModel = async (options: JudgeOptions): Promise<Described> => {
  const isFile = /\.gguf$/i.test(options.id);
  const named = isFile ? undefined : modelOf(openWorkspace(options), options.id);
  const entry = named === undefined ? undefined : entryOf(named);
  try {
    const { model, files }: FoundModel = await findOnDisk(options.id, options);
    return { model, facts: await readModelFacts(model, files), entry };
  } catch (error) {
    if (named === undefined || entry === undefined) throw error;
    return { model: named, facts: factsOf(named, entry), entry };
  }
};

const factsOf = ({ id, engine, tags }: ModelConfig, entry: CatalogueEntry): ModelFacts => ({
  ...{ id, engine, tags, files: [], parameters: entry.parameters, fileBytes: entry.fileBytes },
  ...{ quantization: entry.quantization, bitsPerWeight: bitsPerWeightOf(entry) },
  ...(entry.context === undefined ? {} : { trainedContext: entry.context }),
});

/** Where no header tells it: what is usual; of a model without a header here it decides next to nothing. */
const USUAL_LAYERS = 32;

/** What of the facts the forecast needs; undefined where size or parameters are not known. */
export const shapeOf = ({ fileBytes, parameters, layers = USUAL_LAYERS }: ModelFacts): ModelShape | undefined =>
  fileBytes === undefined || parameters === undefined ? undefined : { weightsBytes: fileBytes, parameters, layers };

/** Undefined where the embedded model is not here, or cannot be decoded. */
const calibrateHere = async (options: JudgeOptions): Promise<Roofline | undefined> => {
  const { bandwidth, signal } = options;
  const embedded = CATALOGUE.find(({ id }) => id === EMBEDDED_MODEL.id);
  if (bandwidth === undefined || embedded === undefined) return undefined;
  try {
    const { model, files } = await findOnDisk(embedded.id, options);
    const shape = shapeOf(await readModelFacts(model, files));
    const [file] = files;
    if (shape === undefined || file === undefined) return undefined;
    const job = { file, threads: options.threads, ...CALIBRATION };
    return calibrate(shape, (await paceModel(job, signal)).steps, bandwidth);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
};
