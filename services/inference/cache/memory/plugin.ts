import { z } from 'zod';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { definePlugin } from '../../../../core/plugins/plugin.ts';
import type { CacheContext, CacheStore } from '../store.ts';
import { createMemoryStore } from './memory-store.ts';

type NoOptions = Readonly<Record<string, never>>;

const schema = z.strictObject({});

/** Keeps answers in the memory of the gateway; what was used least lately goes first. */
export const memoryCache = definePlugin<NoOptions, CacheContext, CacheStore>({
  manifest: {
    id: 'cache.memory',
    kind: 'cache',
    summary: 'Answers in the memory of the gateway, least used go first.',
  },
  config: (raw) => {
    const parsed = schema.safeParse(raw);
    if (parsed.success) return {};
    throw new ServiceError(
      'ERR_CONFIG_INVALID',
      `cache.options: expected nothing, because the memory store has no options of its own, got ${namesIn(raw)}; remove them`,
    );
  },
  start: async ({ maxBytes, now }) => createMemoryStore(maxBytes, now),
});

const namesIn = (raw: unknown): string =>
  typeof raw === 'object' && raw !== null ? Object.keys(raw).join(', ') : typeof raw;
