import { ServiceError } from '../../../core/errors/service-error.ts';
import { createRegistry } from '../../../core/plugins/host.ts';
import { memoryCache } from './memory/plugin.ts';
import type { CacheContext, CachePlugin, CacheStore } from './store.ts';

/** A plugin that checks its own raw options when it is started: all of them have one type then. */
type AnyCache = CachePlugin<unknown>;

const withOwnCheck = <Options>(plugin: CachePlugin<Options>): AnyCache => ({
  manifest: plugin.manifest,
  config: (raw) => raw,
  start: (context) => plugin.start({ ...context, config: plugin.config(context.config) }),
});

const stores = createRegistry<AnyCache>([withOwnCheck(memoryCache)]);

/** Opens the store of this name: one of ours, or the export `plugin` of a module. */
export const openCacheStore = async (name: string, options: unknown, context: CacheContext): Promise<CacheStore> => {
  const plugin = await stores.resolve(name, 'cache').catch((error) => {
    throw error instanceof ServiceError
      ? new ServiceError(error.code, `cache.store: ${error.message}`, { cause: error })
      : error;
  });
  return plugin.start({ ...context, config: plugin.config(options) });
};
