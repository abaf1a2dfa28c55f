import { PURPOSES } from '../config/egress-words.ts';
import { ERROR_CODES, type ErrorCode } from '../errors/codes.ts';

/** One instrument: the only place its name, unit, help, buckets and labels are written. */
export interface MetricRow {
  readonly name: string;
  readonly kind: 'counter' | 'upDownCounter' | 'gauge' | 'histogram';
  /** UCUM: `s`, `By`, `1` (a ratio 0 to 1), `{request}`. */
  readonly unit: string;
  readonly help: string;
  /** Label keys; values come from closed lists or the configuration, never from a client. */
  readonly labels: readonly string[];
  /** The closed lists; another value is recorded as `_OTHER`. A label without a list is bounded by the configuration. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** True for a counter that is read at scrape time instead of being added to. */
  readonly observed?: true;
  readonly buckets?: readonly number[];
}

/** What `clawdbot.http.refused` counts by. */
export const HTTP_REFUSALS = [
  'connections',
  'address_connections',
  'connection_rate',
  'made_room',
  'handshake',
  'idle',
  'http2_control',
  'http2_error',
  'reader',
  'pipelined',
  'head_size',
  'url_length',
  'body_size',
  'too_slow',
  'bodies_memory',
  'malformed',
  'host',
  'expectation',
  'json',
  'content_type',
  'method',
] as const;

const REQUEST_SECONDS = [
  0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68, 600,
] as const;
const FIRST_TOKEN_SECONDS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60,
] as const;
const PER_TOKEN_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5,
] as const;
const HTTP_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120, 300, 600,
] as const;
const LOAD_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600] as const;
const BATCH_SIZES = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256] as const;
const GC_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1] as const;
const WAIT_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] as const;

const GEN_AI = ['gen_ai.operation.name', 'gen_ai.provider.name', 'gen_ai.request.model'] as const;

const OPERATIONS = {
  'gen_ai.operation.name': ['chat', 'text_completion', 'embeddings', 'rerank', 'tokenize'],
  'gen_ai.provider.name': ['clawdbot'],
} as const;
// Safe: the keys of the error table are its codes.
const ERROR_TYPES = ['timeout', 'cancelled', ...(Object.keys(ERROR_CODES) as ErrorCode[])] as const;
const DEVICE_KINDS = ['auto', 'cpu', 'cuda', 'vulkan', 'metal', 'remote'] as const;
const REDACTION_DIRECTIONS = ['request', 'response', 'record'] as const;
const REDACTION_ACTIONS = ['mask', 'partial', 'pseudonym', 'hash', 'block', 'observe'] as const;
const MODEL_STATES = ['absent', 'fetching', 'loading', 'ready', 'failed', 'stopped'] as const;
const REPLICA_STATES = ['starting', 'loading', 'ready', 'draining', 'restarting', 'failed', 'stopped'] as const;

/** What a record of the audit trail is about. */
export const AUDIT_EVENTS = [
  'inference',
  'access',
  'admin',
  'credential',
  'config',
  'data',
  'egress',
  'audit',
] as const;

/** The catalogue. A shipped name is a contract: renaming needs a breaking-change entry. */
export const METRICS = {
  requestDuration: {
    name: 'gen_ai.server.request.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Time from accepting an inference request to its last byte.',
    labels: [...GEN_AI, 'error.type'],
    values: { ...OPERATIONS, 'error.type': ERROR_TYPES },
    buckets: REQUEST_SECONDS,
  },
  timeToFirstToken: {
    name: 'gen_ai.server.time_to_first_token',
    kind: 'histogram',
    unit: 's',
    help: 'Time from accepting a successful request to its first token.',
    labels: GEN_AI,
    values: OPERATIONS,
    buckets: FIRST_TOKEN_SECONDS,
  },
  timePerOutputToken: {
    name: 'gen_ai.server.time_per_output_token',
    kind: 'histogram',
    unit: 's',
    help: 'Mean time between the tokens of a successful answer after the first.',
    labels: GEN_AI,
    values: OPERATIONS,
    buckets: PER_TOKEN_SECONDS,
  },
  httpDuration: {
    name: 'http.server.request.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Time from the request line to the last byte of the answer.',
    labels: ['http.request.method', 'http.route', 'http.response.status_code'],
    values: { 'http.request.method': ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', '_OTHER'] },
    buckets: HTTP_SECONDS,
  },
  httpRefused: {
    name: 'clawdbot.http.refused',
    kind: 'counter',
    unit: '{refusal}',
    help: 'Connections, requests and answers that a limit of `server` or a rule of the protocol ended, by reason.',
    labels: ['reason'],
    values: { reason: HTTP_REFUSALS },
  },
  httpConnections: {
    name: 'clawdbot.http.connections',
    kind: 'gauge',
    unit: '{connection}',
    help: 'Open connections by whether a request is under way on them.',
    labels: ['listener', 'state'],
    values: { listener: ['main', 'admin'], state: ['busy', 'idle'] },
  },
  queueWait: {
    name: 'clawdbot.queue.wait',
    kind: 'histogram',
    unit: 's',
    help: 'Time a request waited for admission.',
    labels: ['priority'],
    values: { priority: ['low', 'normal', 'high'] },
    buckets: WAIT_SECONDS,
  },
  requests: {
    name: 'clawdbot.requests',
    kind: 'counter',
    unit: '{request}',
    help: 'Inference requests by how they ended.',
    labels: ['outcome'],
    values: { outcome: ['ok', 'error', 'timeout', 'rejected', 'cancelled', 'degraded'] },
  },
  tokens: {
    name: 'clawdbot.tokens',
    kind: 'counter',
    unit: '{token}',
    help: 'Tokens read and written; an answer from the response cache, or shared with one under way, adds none.',
    labels: ['gen_ai.token.type', 'gen_ai.request.model'],
    values: { 'gen_ai.token.type': ['input', 'output'] },
  },
  queueDepth: {
    name: 'clawdbot.queue.depth',
    kind: 'gauge',
    unit: '{request}',
    help: 'Requests waiting for admission.',
    labels: [],
  },
  activeRequests: {
    name: 'clawdbot.requests.active',
    kind: 'gauge',
    unit: '{request}',
    help: 'Requests admitted and not yet finished.',
    labels: [],
  },
  concurrencyLimit: {
    name: 'clawdbot.requests.limit',
    kind: 'gauge',
    unit: '{request}',
    help: 'limits.maxConcurrency as it applies now.',
    labels: [],
  },
  limitChanges: {
    name: 'clawdbot.limits.changes',
    kind: 'counter',
    unit: '{change}',
    help: 'Changes of the limits while running.',
    labels: ['source'],
    values: { source: ['file', 'api'] },
  },
  rejections: {
    name: 'clawdbot.rejections',
    kind: 'counter',
    unit: '{request}',
    help: 'Requests refused before any work, by reason.',
    labels: ['reason'],
    values: {
      reason: ['queue_full', 'rate', 'concurrency', 'deadline', 'draining'],
    },
  },
  slotsUsed: {
    name: 'clawdbot.slots.used',
    kind: 'gauge',
    unit: '{slot}',
    help: 'Engine slots in use.',
    labels: ['gen_ai.request.model'],
  },
  slotsLimit: {
    name: 'clawdbot.slots.limit',
    kind: 'gauge',
    unit: '{slot}',
    help: 'Engine slots there are.',
    labels: ['gen_ai.request.model'],
  },
  kvCacheUsage: {
    name: 'clawdbot.kv_cache.usage',
    kind: 'gauge',
    unit: '1',
    help: 'Share of the key-value cells that running answers use; the fullest replica of a model.',
    labels: ['gen_ai.request.model'],
  },
  batchSize: {
    name: 'clawdbot.engine.batch.size',
    kind: 'histogram',
    unit: '{sequence}',
    help: 'Answers computed together in one step.',
    labels: ['gen_ai.request.model'],
    buckets: BATCH_SIZES,
  },
  engineTime: {
    name: 'clawdbot.engine.time',
    kind: 'counter',
    unit: 's',
    help: 'Time engines spent on steps, divided among their prompt and answer tokens.',
    labels: ['gen_ai.request.model', 'phase'],
    values: { phase: ['prefill', 'decode'] },
  },
  engineTokens: {
    name: 'clawdbot.engine.tokens',
    kind: 'counter',
    unit: '{token}',
    help: 'Tokens engines computed, and prompt tokens they found in the prefix cache.',
    labels: ['gen_ai.request.model', 'kind'],
    values: { kind: ['prefill', 'decode', 'cached'] },
  },
  enginePreemptions: {
    name: 'clawdbot.engine.preemptions',
    kind: 'counter',
    unit: '{preemption}',
    help: 'Answers set aside because the key-value memory was full, and resumed later.',
    labels: ['gen_ai.request.model'],
  },
  speculation: {
    name: 'clawdbot.speculation.tokens',
    kind: 'counter',
    unit: '{token}',
    help: 'Tokens guessed ahead, by whether the model agreed.',
    labels: ['gen_ai.request.model', 'result'],
    values: { result: ['accepted', 'rejected'] },
  },
  engineFallBack: {
    name: 'clawdbot.engine.fallback',
    kind: 'gauge',
    unit: '{replica}',
    help: 'Replicas that run on a slower engine than the one asked for.',
    labels: ['gen_ai.request.model'],
  },
  engineDevice: {
    name: 'clawdbot.engine.device',
    kind: 'gauge',
    unit: '{replica}',
    help: 'Replicas by the kind of device that was wanted and the one they got.',
    labels: ['gen_ai.request.model', 'wanted', 'actual'],
    values: { wanted: DEVICE_KINDS, actual: [...DEVICE_KINDS, 'none'] },
  },
  cacheRequests: {
    name: 'clawdbot.cache.requests',
    kind: 'counter',
    unit: '{lookup}',
    help: 'Lookups in the response cache (requests) and in the prefix cache (prompt tokens).',
    labels: ['cache', 'result'],
    values: { cache: ['response', 'prefix'], result: ['hit', 'miss', 'shared'] },
  },
  cacheBytes: {
    name: 'clawdbot.cache.usage',
    kind: 'gauge',
    unit: 'By',
    help: 'Memory of the answers in the response cache.',
    labels: [],
  },
  modelLoadDuration: {
    name: 'clawdbot.model.load.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Time from starting an engine to its first decode.',
    labels: ['gen_ai.request.model', 'outcome'],
    values: { outcome: ['ok', 'error', 'timeout', 'cancelled'] },
    buckets: LOAD_SECONDS,
  },
  modelState: {
    name: 'clawdbot.model.state',
    kind: 'gauge',
    unit: '{model}',
    help: '1 for the state a configured model is in, 0 for the others.',
    labels: ['gen_ai.request.model', 'state'],
    values: { state: MODEL_STATES },
  },
  engineReplicas: {
    name: 'clawdbot.engine.replicas',
    kind: 'gauge',
    unit: '{replica}',
    help: 'Engine replicas by state.',
    labels: ['gen_ai.request.model', 'state'],
    values: { state: REPLICA_STATES },
  },
  engineRestarts: {
    name: 'clawdbot.engine.restarts',
    kind: 'counter',
    unit: '{restart}',
    help: 'Engine processes started again after they ended unasked.',
    labels: ['gen_ai.request.model'],
  },
  heartbeatAge: {
    name: 'clawdbot.engine.heartbeat.age',
    kind: 'gauge',
    unit: 's',
    help: 'Age of the oldest heartbeat among the replicas of a model.',
    labels: ['gen_ai.request.model'],
  },
  breakerState: {
    name: 'clawdbot.breaker.state',
    kind: 'gauge',
    unit: '{breaker}',
    help: '1 for the state a breaker is in, 0 for the others.',
    labels: ['gen_ai.request.model', 'state'],
    values: { state: ['closed', 'open', 'half_open'] },
  },
  jobs: {
    name: 'clawdbot.jobs',
    kind: 'gauge',
    unit: '{job}',
    help: 'Jobs in the store by state.',
    labels: ['state'],
    values: { state: ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired'] },
  },
  callbacks: {
    name: 'clawdbot.callbacks',
    kind: 'counter',
    unit: '{delivery}',
    help: 'Webhook deliveries by outcome of the attempt.',
    labels: ['outcome'],
    values: { outcome: ['delivered', 'retried', 'failed', 'refused'] },
  },
  authRefusals: {
    name: 'clawdbot.auth.refusals',
    kind: 'counter',
    unit: '{request}',
    help: 'Requests refused for their address or credential.',
    labels: ['reason'],
    values: { reason: ['address', 'missing', 'invalid', 'certificate', 'throttled', 'scope'] },
  },
  egress: {
    name: 'clawdbot.egress',
    kind: 'counter',
    unit: '{request}',
    help: 'Requests of ours to other machines: answered, refused by the egress policy, or failed.',
    labels: ['purpose', 'outcome'],
    values: { purpose: PURPOSES, outcome: ['sent', 'refused', 'failed'] },
  },
  redactions: {
    name: 'clawdbot.redactions',
    kind: 'counter',
    unit: '{match}',
    help: 'Private data found, by rule, by where it was on its way to, and by what happened to it.',
    labels: ['rule', 'direction', 'action'],
    values: { direction: REDACTION_DIRECTIONS, action: REDACTION_ACTIONS },
  },
  redactionHeld: {
    name: 'clawdbot.redaction.held',
    kind: 'gauge',
    unit: '{character}',
    help: 'Characters of running streams that wait because they could still become a match.',
    labels: [],
  },
  redactionFailures: {
    name: 'clawdbot.redaction.failures',
    kind: 'counter',
    unit: '{failure}',
    help: 'Texts that the redactor could not check and that were therefore not passed on.',
    labels: ['direction'],
    values: { direction: REDACTION_DIRECTIONS },
  },
  configReloads: {
    name: 'clawdbot.config.reloads',
    kind: 'counter',
    unit: '{reload}',
    help: 'Reads of a changed configuration file.',
    labels: ['outcome'],
    values: { outcome: ['applied', 'rejected'] },
  },
  ready: {
    name: 'clawdbot.ready',
    kind: 'gauge',
    unit: '{service}',
    help: '1 when a model can decode now.',
    labels: [],
  },
  logDropped: {
    name: 'clawdbot.log.dropped',
    kind: 'counter',
    unit: '{line}',
    help: 'Log lines that could not be written, by stream.',
    labels: ['stream'],
    values: { stream: ['app', 'access'] },
    observed: true,
  },
  otlpExports: {
    name: 'clawdbot.otlp.exports',
    kind: 'counter',
    unit: '{export}',
    help: 'Batches sent to the OpenTelemetry collector, after repetitions, by signal and by how it ended.',
    labels: ['signal', 'outcome'],
    values: { signal: ['traces', 'metrics', 'logs'], outcome: ['sent', 'failed'] },
  },
  auditRecords: {
    name: 'clawdbot.audit.records',
    kind: 'counter',
    unit: '{record}',
    help: 'Records written to the audit trail by this process, by what they are about and how it ended.',
    labels: ['event', 'outcome'],
    values: { event: AUDIT_EVENTS, outcome: ['success', 'failure', 'unknown'] },
  },
  auditFailures: {
    name: 'clawdbot.audit.failures',
    kind: 'counter',
    unit: '{failure}',
    help: 'Failed writes of the audit trail, failed writes of its content, and records lost for good.',
    labels: ['part'],
    values: { part: ['write', 'content', 'lost'] },
  },
  processCpuTime: {
    name: 'process.cpu.time',
    kind: 'counter',
    unit: 's',
    help: 'CPU time of the gateway process by mode.',
    labels: ['cpu.mode'],
    values: { 'cpu.mode': ['user', 'system'] },
    observed: true,
  },
  processMemory: {
    name: 'process.memory.usage',
    kind: 'gauge',
    unit: 'By',
    help: 'Physical memory of the gateway process.',
    labels: [],
  },
  eventLoopTime: {
    name: 'nodejs.eventloop.time',
    kind: 'counter',
    unit: 's',
    help: 'Time the event loop of the gateway process was active or idle.',
    labels: ['nodejs.eventloop.state'],
    values: { 'nodejs.eventloop.state': ['active', 'idle'] },
    observed: true,
  },
  eventLoopDelayP50: {
    name: 'nodejs.eventloop.delay.p50',
    kind: 'gauge',
    unit: 's',
    help: 'How late the event loop of the gateway process turned in the last ten seconds: half of the turns.',
    labels: [],
  },
  eventLoopDelayP99: {
    name: 'nodejs.eventloop.delay.p99',
    kind: 'gauge',
    unit: 's',
    help: 'The same for 99 of 100 turns.',
    labels: [],
  },
  eventLoopDelayMax: {
    name: 'nodejs.eventloop.delay.max',
    kind: 'gauge',
    unit: 's',
    help: 'The same for the latest turn.',
    labels: [],
  },
  gcDuration: {
    name: 'v8js.gc.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Pauses of the garbage collector of the gateway process, by what it did.',
    labels: ['v8js.gc.type'],
    values: { 'v8js.gc.type': ['major', 'minor', 'incremental', 'weakcb'] },
    buckets: GC_SECONDS,
  },
  heapUsed: {
    name: 'v8js.memory.heap.used',
    kind: 'gauge',
    unit: 'By',
    help: 'JavaScript objects of the gateway process.',
    labels: [],
  },
  heapLimit: {
    name: 'v8js.memory.heap.limit',
    kind: 'gauge',
    unit: 'By',
    help: 'Size of the heap of JavaScript beyond which the gateway process ends.',
    labels: [],
  },
  externalMemory: {
    name: 'clawdbot.memory.external',
    kind: 'gauge',
    unit: 'By',
    help: 'Memory outside the heap that JavaScript objects of the gateway process hold, such as buffers.',
    labels: [],
  },
  handles: {
    name: 'clawdbot.handles',
    kind: 'gauge',
    unit: '{handle}',
    help: 'What keeps the event loop of the gateway process alive: sockets, timers, files, by kind.',
    labels: ['kind'],
    values: { kind: ['socket', 'server', 'timer', 'pipe', 'process', 'request', '_OTHER'] },
  },
} as const satisfies Record<string, MetricRow>;

export type MetricKey = keyof typeof METRICS;

type KeysOf<Shape> = { [K in MetricKey]: (typeof METRICS)[K] extends Shape ? K : never }[MetricKey];

/** Counters that are read at scrape time. */
export type ObservedKey = KeysOf<{ kind: 'gauge' } | { observed: true }>;
export type CounterKey = Exclude<KeysOf<{ kind: 'counter' | 'upDownCounter' }>, ObservedKey>;
export type HistogramKey = KeysOf<{ kind: 'histogram' }>;

type ValueOf<K extends MetricKey, L extends string> = (typeof METRICS)[K] extends {
  values: Record<L, readonly (infer V)[]>;
}
  ? V
  : string | number;

/** The labels of one metric: only its keys, and only listed values where there is a list. */
export type LabelsOf<K extends MetricKey> = {
  readonly [L in (typeof METRICS)[K]['labels'][number]]?: ValueOf<K, L>;
};
