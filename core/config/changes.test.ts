import { expect, test } from 'vitest';
import { classifyChanges } from './changes.ts';
import { configSchema } from './schema.ts';

type Input = Parameters<typeof configSchema.parse>[0];

const changes = (before: Input, after: Input) => {
  const current = configSchema.parse(before);
  const { live, restart, effective } = classifyChanges(current, configSchema.parse(after));
  return { live, restart, effective, current };
};
const model = (more: object = {}) => ({ id: 'a', engine: 'scripted', ...more });

test('nothing changed', () => {
  expect(changes({}, {})).toMatchObject({ live: [], restart: [] });
});

test('tells live settings from those that need a restart, and applies only the live ones', () => {
  const { live, restart, effective } = changes(
    {},
    { limits: { queue: 1, perKey: { concurrency: 2 } }, server: { port: 1 }, auth: { allow: ['10.0.0.0/8'] } },
  );
  expect(live).toEqual(['auth.allow', 'limits.queue', 'limits.perKey.concurrency']);
  expect(restart).toEqual(['server.port']);
  expect(effective).toMatchObject({ limits: { queue: 1 }, server: { port: 8443 }, auth: { allow: ['10.0.0.0/8'] } });
  expect(Object.isFrozen(effective.limits)).toBe(true);
});

test('scenarios come, change and go live', () => {
  const { live, restart, effective } = changes(
    { scenarios: { chat: { minContext: 1 }, gone: {} } },
    { scenarios: { chat: { minContext: 2 }, fresh: { tags: ['x'] } } },
  );
  expect(live).toEqual(['scenarios.chat.minContext', 'scenarios.gone', 'scenarios.fresh']);
  expect(restart).toEqual([]);
  expect(Object.keys(effective.scenarios)).toEqual(['chat', 'fresh']);
});

test('a constraint that is removed is removed', () => {
  const { live, effective } = changes({ scenarios: { chat: { minContext: 1 } } }, { scenarios: { chat: {} } });
  expect(live).toEqual(['scenarios.chat.minContext']);
  expect(effective.scenarios.chat).toEqual({
    ...{ tags: [], egress: false, cache: false },
    degrade: { models: [], cachedMs: 0 },
  });
});

test("an engine plugin's own options are live, the rest of a model is not", () => {
  const { live, restart, effective } = changes(
    { models: [model()] },
    { models: [model({ slots: 3, options: { reply: 'echo' } })] },
  );
  expect(live).toEqual(['models[0].options']);
  expect(restart).toEqual(['models[0].slots']);
  expect(effective.models[0]).toMatchObject({ slots: 16, options: { reply: 'echo' } });
});

test('another list of models needs a restart as a whole', () => {
  const { live, restart, effective, current } = changes(
    { models: [model()] },
    { models: [model({ id: 'b' }), model({ options: { reply: 'echo' } })], limits: { queue: 1 } },
  );
  expect({ live, restart }).toEqual({ live: ['limits.queue'], restart: ['models'] });
  expect(effective.models).toEqual(current.models);
});

test('a live setting that leans on one that waits for the restart waits too', () => {
  const { live, restart, effective, current } = changes(
    { models: [model()], scenarios: {} },
    { models: [model(), model({ id: 'b' })], scenarios: { chat: { fallback: 'b' } } },
  );
  expect({ live, restart }).toEqual({ live: [], restart: ['models', 'scenarios.chat'] });
  expect(effective).toBe(current);
});
