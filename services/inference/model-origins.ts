import { stat } from 'node:fs/promises';
import type { Config, ModelConfig } from '../../core/config/schema.ts';
import { readStamp } from './models/cache.ts';
import type { ModelFacts } from './models/facts.ts';
import { hashFile } from './models/verify.ts';
import type { RouteEvent } from './route/events.ts';
import type { ModelStatus } from './route/model-status.ts';

/** Where the answers of a model come from; what is not known is absent. */
export interface ModelOrigin {
  /** SHA-256 of its files. */
  readonly hashes?: readonly string[];
  /** SHA-256 of its adapters by their id. */
  readonly adapters?: Readonly<Record<string, string>>;
  /** `local`, or the host the prompt is sent to. */
  readonly destination: string;
}

interface Deps {
  readonly config: Pick<Config, 'models'>;
  readonly route: {
    states(): readonly Pick<ModelStatus<ModelFacts>, 'id' | 'facts'>[];
    onEvent(listener: (event: RouteEvent) => void): unknown;
  };
  /** Folder of downloaded models, where their hashes are remembered. */
  readonly modelsDir: string;
  readonly onError: (error: unknown) => void;
}

/** Reading a file of this size costs the service a second; weights are larger, and their hash is known from the download. */
const MAX_HASHED_BYTES = 1024 ** 3;

/** Says of every model what its answers come from; learnt each time one is loaded, because its files may be others by then. */
export const createModelOrigins = ({ config, route, modelsDir, onError }: Deps) => {
  let { models } = config;
  const hashes = new Map<string, Omit<ModelOrigin, 'destination'>>();
  const destinations = new Map<string, string>();
  const follow = (): void => {
    for (const model of models) destinations.set(model.id, destinationOf(model));
  };
  follow();
  const stopping = new AbortController();
  const learn = async (model: ModelConfig): Promise<void> => {
    const files = route.states().find(({ id }) => id === model.id)?.facts?.files ?? [];
    const own = await Promise.all(files.map((file) => readStamp(modelsDir, file)));
    const adapters = await Promise.all(
      model.adapters.map(async ({ id, file }) => [id, await hashOf(file, stopping.signal)] as const),
    );
    hashes.set(model.id, {
      ...(own.length > 0 && own.every(isKnown) ? { hashes: own } : {}),
      ...(adapters.length > 0
        ? { adapters: Object.fromEntries(adapters.flatMap(([id, hash]) => (hash === undefined ? [] : [[id, hash]]))) }
        : {}),
    });
  };
  route.onEvent((event) => {
    if (event.type !== 'model' || event.state !== 'ready') return;
    const model = models.find(({ id }) => id === event.model);
    if (model !== undefined) void learn(model).catch((error) => stopping.signal.aborted || onError(error));
  });
  return {
    of(modelId: string): ModelOrigin | undefined {
      const destination = destinations.get(modelId);
      return destination === undefined ? undefined : { ...hashes.get(modelId), destination };
    },
    update(next: Pick<Config, 'models'>): void {
      models = next.models;
      follow();
    },
    stop: (): void => stopping.abort(),
  };
};

const isKnown = (hash: string | undefined): hash is string => hash !== undefined;

const hashOf = async (file: string, signal: AbortSignal): Promise<string | undefined> =>
  (await stat(file)).size <= MAX_HASHED_BYTES ? hashFile(file, signal) : undefined;

const LOCAL_ENGINES: ReadonlySet<string> = new Set(['llama', 'node-llama-cpp', 'scripted']);

/** Only the engine of another party can send a prompt where nobody here knows. */
const destinationOf = ({ engine, options }: ModelConfig): string => {
  if (LOCAL_ENGINES.has(engine)) return 'local';
  if (engine !== 'openai') return 'unknown';
  const { baseUrl } = options;
  return (typeof baseUrl === 'string' ? URL.parse(baseUrl)?.host : undefined) ?? 'unknown';
};
