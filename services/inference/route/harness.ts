import { fileURLToPath } from 'node:url';
import { configSchema } from '../../../core/config/schema.ts';
import { createBackoff } from '../../../core/resilience/backoff.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import { createTelemetry, type Telemetry } from '../../../core/telemetry/telemetry.ts';
import type { GenerationRequest } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import type { DeviceSource } from './devices/device.ts';
import type { RouteEvent } from './events.ts';
import type { ModelStatus, ReplicaStatus } from './model-status.ts';
import { createRoute, type Route } from './route.ts';
import type { ModelSupply } from './supply.ts';

const ENGINE = fileURLToPath(new URL('../../engine/main.ts', import.meta.url));
/** An engine process that misbehaves as its options say. */
export const ODD_ENGINE = fileURLToPath(new URL('../../../tests/fixtures/engines/odd-engine.mjs', import.meta.url));

/** A model on the `scripted` engine. */
export const scripted = (id: string, options: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  id,
  engine: 'scripted',
  slots: 8,
  options,
  ...more,
});

interface HarnessOptions {
  readonly models: readonly Record<string, unknown>[];
  readonly engines?: Record<string, unknown>;
  readonly engineEntry?: string;
  readonly supply?: Partial<ModelSupply<string>>;
  readonly telemetry?: Telemetry;
  readonly devices?: DeviceSource;
  readonly engineLog?: Pick<Logger, 'info'>;
}

/** A route with real engine processes, for tests. */
export interface Harness {
  readonly route: Route<string>;
  readonly events: readonly RouteEvent[];
  readonly config: ReturnType<typeof configOf>;
  status(model: string): ModelStatus<string>;
  replica(model: string, index?: number): ReplicaStatus;
  /** Resolves when the model is ready with this many replicas. */
  ready(model: string, replicas?: number): Promise<void>;
}

/** Everything a route needs, real except for the model files, of which scripted models have none. */
export const startHarness = (options: HarnessOptions): Harness => {
  const config = configOf(options.models, options.engines);
  const events: RouteEvent[] = [];
  const route = createRoute<string>({
    config,
    engineEntry: options.engineEntry ?? ENGINE,
    supply: { ...NO_FILES, ...options.supply },
    devices: options.devices ?? { read: async () => ({ kind: 'none' }) },
    createBackoff,
    now: () => performance.now(),
    log: SILENT,
    engineLog: options.engineLog ?? SILENT,
    telemetry: options.telemetry ?? createTelemetry({ serviceName: 'test', version: '0', enabled: false }),
  });
  route.onEvent((event) => events.push(event));
  route.start();
  const status = (model: string): ModelStatus<string> => {
    const found = route.states().find(({ id }) => id === model);
    if (found === undefined) throw new Error(`no model ${model}`);
    return found;
  };
  return {
    route,
    events,
    config,
    status,
    replica(model, index = 0) {
      const found = status(model).replicas.find((replica) => replica.index === index);
      if (found === undefined) throw new Error(`no replica ${index} of ${model}`);
      return found;
    },
    async ready(model, replicas = 1) {
      await until(
        () => status(model).replicas.filter(({ state }) => state === 'ready').length,
        (count) => count === replicas,
      );
    },
  };
};

/** A configuration with these models; engines restart fast. */
export const configOf = (models: readonly Record<string, unknown>[], engines: Record<string, unknown> = {}) =>
  configSchema.parse({ models, engines: { restart: { minMs: 10, maxMs: 100 }, ...engines } });

const NO_FILES: ModelSupply<string> = {
  fetch: async () => ({ files: [] }),
  readFacts: async (model) => `facts of ${model.id}`,
  plan: ({ context, kvTokens }) => ({ context, kvTokens }),
  fits: () => ({ ok: true }),
};

const SILENT: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A chat request of one user message. */
export const ask = (text: string, more: Partial<GenerationRequest> = {}): GenerationRequest => ({
  input: { kind: 'chat', messages: [{ role: 'user', content: text }] },
  maxTokens: null,
  temperature: 0,
  topP: 1,
  seed: 1,
  stop: [],
  responseFormat: { type: 'text' },
  ...more,
});

/** How a generation went: its text and end, or its error. */
export interface Outcome {
  readonly text: string;
  readonly reason: string | undefined;
  readonly error: unknown;
}

/** Reads a generation to its end; never rejects. */
export const read = async (
  events: AsyncIterable<GenerationEvent>,
  onEvent: (event: GenerationEvent) => void = () => undefined,
): Promise<Outcome> => {
  let text = '';
  let reason: string | undefined;
  try {
    for await (const event of events) {
      if (event.type === 'text') text += event.text;
      if (event.type === 'finished') reason = event.reason;
      onEvent(event);
    }
    return { text, reason, error: undefined };
  } catch (error) {
    return { text, reason, error };
  }
};

/** A signal that never aborts. */
export const NEVER: AbortSignal = new AbortController().signal;

/** Polls until the condition holds. */
export const until = async <T>(look: () => T, holds: (value: T) => boolean, attempts = 6000): Promise<T> => {
  let value = look();
  for (let attempt = 0; attempt < attempts && !holds(value); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    value = look();
  }
  if (!holds(value)) throw new Error(`the condition never held; last seen: ${JSON.stringify(value)}`);
  return value;
};
