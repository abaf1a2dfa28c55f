import { createTestFolder } from '../../../../core/audit/test-trail.ts';
import type { AuditTrail } from '../../../../core/audit/trail.ts';
import { configSchema, type LimitsConfig } from '../../../../core/config/schema.ts';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { NO_FAMILIES } from '../../../../core/telemetry/families.ts';
import type { Log } from '../../../../core/telemetry/log.ts';
import type { Task } from '../../../engine/protocol/generation.ts';
import type { Computed, GenerationCall, GenerationEvent, TaskCall } from '../../call.ts';
import type { Flow } from '../../flow.ts';
import type { Operation } from '../operation.ts';
import { type LogLine, startTestServer, type TestServer } from '../test-server.ts';
import type { BreakerView } from './admin-breaker.ts';
import { type ApiDeps, apiOperations } from './api.ts';
import { createFingerprints } from './fingerprint.ts';
import type { JobSubmission, JobViewOut } from './jobs.ts';
import type { ModelView, ReplicaView } from './models.ts';
import { testJobs } from './test-job-port.ts';
import { resultOf, textOf } from './test-tasks.ts';

export const TEST_MODELS = ['tiny', 'org/other'] as const;
const CHARACTERS_PER_TOKEN = 4;

/** The far side of the routes, under the control of a test. */
export interface TestService extends TestServer {
  readonly calls: GenerationCall[];
  readonly taskCalls: TaskCall[];
  readonly submissions: JobSubmission[];
  readonly jobs: Map<string, JobViewOut>;
  /** Replaces the echo for requests to come. */
  script(generate: Flow['generate'] | undefined): void;
  setRateHeaders(headers: Record<string, string>): void;
  readonly warnings: LogLine[];
  readonly audit: LogLine[];
  readonly counted: { readonly key: string; readonly labels: unknown }[];
  readonly operations: readonly Operation[];
  readonly trail: AuditTrail;
  setReady(ready: boolean): void;
  breakMetrics(error: Error | undefined): void;
}

/** Repeats the last user message or the prompt, a few characters at a time, and nothing else. */
export async function* echo(call: GenerationCall): AsyncGenerator<GenerationEvent> {
  chooseTestModel(call);
  const { input, maxTokens } = call.request;
  const text = textOf(input);
  const pieces = text.match(new RegExp(`.{1,${CHARACTERS_PER_TOKEN}}`, 'gsu')) ?? [];
  const kept = pieces.slice(0, maxTokens ?? pieces.length);
  yield { type: 'accepted', model: call.model ?? 'tiny', promptTokens: pieces.length };
  for (const piece of kept) yield { type: 'text', text: piece, tokens: 1 };
  yield {
    type: 'finished',
    reason: kept.length < pieces.length ? 'length' : 'stop',
    usage: { promptTokens: pieces.length, completionTokens: kept.length, cachedTokens: 0 },
    timings: { queueMs: 0, prefillMs: 1, decodeMs: kept.length },
  };
}

const chooseTestModel = ({ model, scenario }: Pick<GenerationCall, 'model' | 'scenario'>): string => {
  if (scenario !== undefined && scenario !== 'chat') {
    throw new ServiceError('ERR_MODELS_SCENARIO_UNKNOWN', 'scenario: expected chat, got another');
  }
  const id = model ?? 'tiny';
  if (TEST_MODELS.some((known) => known === id)) return id;
  throw new ServiceError('ERR_MODELS_UNKNOWN', 'model: expected tiny, got another', { details: { param: 'model' } });
};

const compute = (call: TaskCall): Computed => ({ model: chooseTestModel(call), ...resultOf(call.task) });

const STARTED_AT = Date.UTC(2026, 0, 1);

const REPLICA: ReplicaView = {
  index: 0,
  state: 'ready',
  role: 'active',
  reason: undefined,
  pid: 4711,
  heartbeatAgeMs: 1,
  lastTokenAgeMs: 1,
  slotsUsed: 0,
  slotsLimit: 4,
  waiting: 0,
  kvUsage: undefined,
  threads: 1,
  restarts: 0,
  device: 'cpu',
  rssBytes: 1,
};

const READY_MODEL: ModelView = {
  id: 'tiny',
  state: 'ready',
  reason: undefined,
  progress: undefined,
  replicas: [REPLICA],
  wantedReplicas: 1,
  waiting: 0,
  loaded: { plugin: 'scripted', context: 100, slots: 4, threads: 1, embeds: true, device: 'cpu' },
  facts: { id: 'tiny', engine: 'scripted', tags: [], files: ['/secret/path'], parameters: 5 },
  firstTokenMsP50: undefined,
};

const configured = TEST_MODELS.map((id) => ({ id, engine: 'scripted', load: 'always' as const, tags: [] }));

/** Starts the real server with every route, on a scripted rest. */
export const startTestService = async (limits: Partial<LimitsConfig> = {}): Promise<TestService> => {
  let generate: Flow['generate'] = echo;
  let rateHeaders: Record<string, string> = {};
  let ready = true;
  let metricsError: Error | undefined;
  let currentLimits = { ...configSchema.parse({}).limits, ...limits };
  let shed: ReturnType<ApiDeps['shedding']['view']> = { isOn: false };
  const breakers = new Map<string, BreakerView>(TEST_MODELS.map((model) => [model, { model, state: 'closed' }]));
  const recorded = {
    calls: [] as GenerationCall[],
    taskCalls: [] as TaskCall[],
    submissions: [] as JobSubmission[],
    jobs: new Map<string, JobViewOut>(),
    warnings: [] as LogLine[],
    audit: [] as LogLine[],
    counted: [] as { key: string; labels: unknown }[],
  };
  const record =
    (lines: LogLine[], level: string): Log =>
    (action, fields = {}) =>
      void lines.push({ level, action, fields });
  const deps: Omit<ApiDeps, 'trail'> = {
    flow: {
      generate(call) {
        recorded.calls.push(call);
        return generate(call);
      },
      async compute<Kind extends Task['kind']>(call: TaskCall<Kind>) {
        recorded.taskCalls.push(call);
        // Safe: the result of a task is of its kind.
        return compute(call) as Computed<Kind>;
      },
    },
    heartbeatMs: 50,
    log: { warn: record(recorded.warnings, 'warn') },
    audit: { info: record(recorded.audit, 'info') },
    telemetry: { counter: (key, labels) => void recorded.counted.push({ key, labels }) },
    limits: () => currentLimits,
    setLimits(next) {
      currentLimits = next;
    },
    egress: () => ({ rows: [], seen: [], refusals: {} }),
    shedding: {
      view: () => shed,
      set(expiresInMs, reason = '') {
        shed = { isOn: expiresInMs > 0, expiresInMs, reason };
      },
    },
    rateHeaders: () => rateHeaders,
    now: () => STARTED_AT,
    steadyNow: () => STARTED_AT,
    clock: () => performance.now(),
    fingerprint: createFingerprints('test'),
    choose: chooseTestModel,
    jobs: testJobs(recorded),
    modelIds: () => TEST_MODELS,
    startedAt: STARTED_AT,
    states: () => [READY_MODEL],
    configured: () => configured,
    select: ({ scenario }) => ({
      scenario,
      model: chooseTestModel({ model: undefined, scenario }),
      fallback: false,
      candidates: [
        {
          model: 'tiny',
          state: 'ready',
          passed: true,
          checks: [{ constraint: 'minParameters', required: 1, actual: 5, passed: true }],
        },
      ],
    }),
    health: () => ({ status: ready ? 'ok' : 'down', ready, components: { gateway: { status: 'ok' } } }),
    families: async () => NO_FAMILIES,
    async expose() {
      if (metricsError !== undefined) throw metricsError;
      return 'up 1\n';
    },
    breaker: {
      get: () => [...breakers.values()],
      set(model, { state, expiresMs, reason }) {
        chooseTestModel({ model, scenario: undefined });
        const why = reason === undefined ? {} : { reason };
        breakers.set(model, { model, state, ...why, ...(expiresMs === undefined ? {} : { expiresInMs: expiresMs }) });
      },
    },
    replicas: {
      get: () => [READY_MODEL, { id: 'org/other', wantedReplicas: 0, replicas: [] }],
      capacity: async () => ({
        threads: { total: 4, used: 4 },
        devices: [],
        another: new Map([['tiny', { fits: false, lacks: 'cores', reason: 'all taken' }]]),
      }),
      async set(_model, wanted) {
        if (wanted > 1) throw new ServiceError('ERR_ROUTE_NO_CORES', 'no free cores');
      },
    },
    profile: async ({ model = 'gateway' }) => `/profiles/${model}.cpuprofile`,
    purge: async ({ keyId, before, isDryRun }) => ({
      keyId,
      before: new Date(before).toISOString(),
      dryRun: isDryRun,
    }),
    usage: { report: async () => [], keptFrom: () => '2025-01-01' },
    residence: {
      load: (model) => void chooseTestModel({ model, scenario: undefined }),
      unload: (model) => void chooseTestModel({ model, scenario: undefined }),
    },
  };
  const folder = createTestFolder();
  const trail = await folder.open();
  const operations = apiOperations({ ...deps, trail });
  const server = await startTestServer({ operations });
  const stopServer = server.stop;
  return Object.assign(server, recorded, {
    operations,
    trail,
    async stop() {
      await stopServer();
      await trail.stop();
      folder.remove();
    },
    script(next: Flow['generate'] | undefined) {
      generate = next ?? echo;
    },
    setRateHeaders(headers: Record<string, string>) {
      rateHeaders = headers;
    },
    setReady(next: boolean) {
      ready = next;
    },
    breakMetrics(error: Error | undefined) {
      metricsError = error;
    },
  });
};
