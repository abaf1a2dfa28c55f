import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../core/config/schema.ts';
import { createBackoff } from '../../core/resilience/backoff.ts';
import { createTelemetry } from '../../core/telemetry/telemetry.ts';
import { createModelSupply } from '../../services/inference/model-supply.ts';
import type { ModelFacts } from '../../services/inference/models/facts.ts';
import { ask, configOf, NEVER, read, scripted } from '../../services/inference/route/harness.ts';
import { createRoute, type Route } from '../../services/inference/route/route.ts';
import type { ModelSupply } from '../../services/inference/route/supply.ts';
import { embeddedModelFile } from '../embedded-model.ts';

const ENGINE = fileURLToPath(new URL('../../services/engine/main.ts', import.meta.url));
const MB = 1e6;
const SCRIPTED_TURNS = 100;
const REAL_TURNS = 100;
const LIMIT_MS = 600_000;
/** A process of one model that stayed would be larger than this. */
const GROWTH_BYTES = 60 * MB;
const quiet = () => undefined;
const SILENT = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };

const routes: Route<unknown>[] = [];
afterEach(async () => {
  await Promise.all(routes.splice(0).map((route) => route.stop()));
});

const start = <Facts>(models: object[], supply: ModelSupply<Facts>, memoryBytes: number): Route<Facts> => {
  const config = configOf(models as Record<string, unknown>[], { memoryBytes, minResidenceMs: 0 });
  const telemetry = createTelemetry({ serviceName: 'test', version: '0', enabled: false });
  const now = () => performance.now();
  const devices = { read: async () => ({ kind: 'none' }) as const };
  const route = createRoute({
    config,
    engineEntry: ENGINE,
    supply,
    devices,
    createBackoff,
    now,
    log: SILENT,
    engineLog: SILENT,
    telemetry,
  });
  routes.push(route as Route<unknown>);
  route.start();
  return route;
};

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Asks both models in turn; answers what went wrong, and how this process and its engines grew. */
const takeTurns = async (route: Route<unknown>, turns: number) => {
  const errors: unknown[] = [];
  const loaded: number[] = [];
  const resident: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const { text, error } = await read(
      route.generate(turn % 2 === 0 ? 'a' : 'b', ask('hello', { maxTokens: 4 }), NEVER),
    );
    if (error !== undefined || text === '') errors.push(error ?? 'no text');
    loaded.push(route.states().filter(({ replicas }) => replicas.length > 0).length);
    resident.push(process.memoryUsage().rss);
  }
  const third = Math.floor(turns / 3);
  const growth = median(resident.slice(-third)) - median(resident.slice(0, third));
  return { errors, mostLoaded: Math.max(...loaded), growth };
};

describe('two models and memory for one', () => {
  it('answer 100 requests in turn without an error and without growing', { timeout: LIMIT_MS }, async () => {
    const supply: ModelSupply<object> = {
      fetch: async () => ({ files: [] }),
      readFacts: async () => ({}),
      plan: ({ context, kvTokens }) => ({ context, kvTokens, needBytes: 100 * MB }),
      fits: () => ({ ok: true }),
    };
    const models = ['a', 'b'].map((id) => scripted(id, {}, { load: 'onDemand' }));
    const result = await takeTurns(start(models, supply, 150 * MB), SCRIPTED_TURNS);
    expect(result).toMatchObject({ errors: [], mostLoaded: 1 });
    expect(result.growth).toBeLessThan(GROWTH_BYTES);
  });

  it('do so with real models', { timeout: LIMIT_MS }, async () => {
    const file = await embeddedModelFile();
    const model = { slots: 2, context: 512, kvTokens: 1024, device: 'cpu', load: 'onDemand', sources: [{ file }] };
    const fetcher = { fetch: async (_: ModelConfig) => ({ files: [file] }) };
    const supply: ModelSupply<ModelFacts> = createModelSupply(fetcher as never);
    const [probe] = configOf([{ ...model, id: 'a' }]).models;
    if (probe === undefined) throw new TypeError('no model');
    const { needBytes = 0, cacheBytes = 0 } = await supply.plan(probe, await supply.readFacts(probe, [file]));
    expect(needBytes).toBeGreaterThan(MB);
    const route = start(
      ['a', 'b'].map((id) => ({ ...model, id })),
      supply,
      // What is kept of prefixes gives way to models.
      (needBytes - cacheBytes) * 1.5,
    );
    const result = await takeTurns(route, REAL_TURNS);
    expect(result).toMatchObject({ errors: [], mostLoaded: 1 });
    expect(result.growth).toBeLessThan(GROWTH_BYTES);
  });
});
