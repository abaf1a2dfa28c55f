import type { Config } from '../../core/config/schema.ts';
import type { ModelFacts } from './models/facts.ts';
import type { RouteEvent } from './route/events.ts';
import type { ModelStatus } from './route/model-status.ts';

/** What is seen of a model that says what its answers come from. */
export type ModelMake = Pick<ModelStatus<ModelFacts>, 'id' | 'loaded' | 'facts' | 'adjustment'>;

interface Deps {
  readonly config: Pick<Config, 'models'>;
  readonly route: {
    states(): readonly ModelMake[];
    onEvent(listener: (event: RouteEvent) => void): unknown;
  };
}

/**
 * Says of what each model is made, so that answers of an earlier make are not taken for its own: its files, the engine
 * that runs it, its adapters and options. A model that is not loaded is what it was when it was.
 */
export const createModelIdentities = ({ config, route }: Deps) => {
  let { models } = config;
  const known = new Map<string, string>();
  const makes = new Map<string, string>();
  route.onEvent((event) => {
    if (event.type === 'model') known.delete(event.model);
  });
  const makeOf = (modelId: string): string => {
    const status = route.states().find(({ id }) => id === modelId);
    if (status?.loaded !== undefined) {
      const { files = [], fileBytes } = status.facts ?? {};
      makes.set(modelId, JSON.stringify([status.loaded.plugin, files, fileBytes ?? null, status.adjustment ?? null]));
    }
    return makes.get(modelId) ?? '';
  };
  const describe = (modelId: string): string => {
    const { options, adapters } = models.find(({ id }) => id === modelId) ?? {};
    return JSON.stringify([makeOf(modelId), adapters, options]);
  };
  return {
    /** The same until the model changes. */
    of(modelId: string): string {
      const identity = known.get(modelId) ?? describe(modelId);
      known.set(modelId, identity);
      return identity;
    },
    update(next: Pick<Config, 'models'>): void {
      models = next.models;
      known.clear();
    },
  };
};

export type ModelIdentities = ReturnType<typeof createModelIdentities>;
