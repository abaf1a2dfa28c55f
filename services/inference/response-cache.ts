import type { Config } from '../../core/config/schema.ts';
import { type Cache, createCache } from './cache/cache.ts';
import { openCacheStore } from './cache/registry.ts';
import { createModelIdentities } from './model-identity.ts';
import type { RunningStages } from './running-stages.ts';

/** The cache of the configuration; an edit of it, of scenarios or of models applies at once. */
export const openResponseCache = async ({
  config,
  log,
  telemetry,
  route,
  steadyNow: now,
}: Pick<RunningStages, 'config' | 'log' | 'telemetry' | 'route' | 'steadyNow'>): Promise<Cache> => {
  const { store: name, options, maxBytes } = config.cache;
  const identities = createModelIdentities({ config, route });
  const cache = createCache({
    config,
    store: await openCacheStore(name, options, { maxBytes, now }),
    identityOf: identities.of,
    now,
    log: log.app,
    telemetry,
  });
  return {
    answer: (ask, generate) => cache.answer(ask, generate),
    findOld: (ask, maxAgeMs) => cache.findOld(ask, maxAgeMs),
    update(next: Config) {
      identities.update(next);
      cache.update(next);
    },
    forget: (tenant) => cache.forget(tenant),
    stop: () => cache.stop(),
  };
};
