import { describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { createModelIdentities, type ModelMake } from './model-identity.ts';
import type { RouteEvent } from './route/events.ts';

const configOf = (options: Record<string, unknown> = {}) =>
  configSchema.parse({ models: [{ id: 'm', engine: 'scripted', options }] });

const loadedFrom = (...files: readonly string[]): ModelMake => ({
  id: 'm',
  loaded: { plugin: 'scripted', context: 64, slots: 1, threads: 1, embeds: true, device: 'cpu' },
  facts: { id: 'm', engine: 'scripted', tags: [], files },
  adjustment: undefined,
});

const open = (status: ModelMake) => {
  const shown = { status, reads: 0 };
  let tell = (_event: RouteEvent): void => undefined;
  const identities = createModelIdentities({
    config: configOf(),
    route: {
      states: () => {
        shown.reads += 1;
        return [shown.status];
      },
      onEvent: (listener) => {
        tell = listener;
      },
    },
  });
  /** What the route does when a model is in another state. */
  const become = (next: ModelMake) => {
    shown.status = next;
    tell({ type: 'model', model: 'm', state: 'ready' });
  };
  return { identities, become, shown };
};

describe('the identity of a model', () => {
  it('is looked up once until something happens to it', () => {
    const { identities, shown } = open(loadedFrom('a.gguf'));
    expect(identities.of('m')).toBe(identities.of('m'));
    expect(shown.reads).toBe(1);
  });

  it('changes with its files', () => {
    const { identities, become } = open(loadedFrom('a.gguf'));
    const before = identities.of('m');
    become(loadedFrom('b.gguf'));
    expect(identities.of('m')).not.toBe(before);
  });

  it('changes with its options', () => {
    const { identities } = open(loadedFrom('a.gguf'));
    const before = identities.of('m');
    identities.update(configOf({ reply: 'something else' }));
    expect(identities.of('m')).not.toBe(before);
  });

  it('stays what it was while the model is unloaded', () => {
    const { identities, become } = open(loadedFrom('a.gguf'));
    const before = identities.of('m');
    become({ ...loadedFrom('a.gguf'), loaded: undefined, facts: undefined });
    expect(identities.of('m')).toBe(before);
  });
});
