import { METRICS, type MetricKey, type MetricRow } from '../../core/telemetry/metrics.ts';
import { familyName } from '../../core/telemetry/wire-name.ts';

/** How a series for boards comes from an instrument, once a minute. */
export type Operation = 'rate' | 'sum' | 'increase' | 'buckets' | 'ever' | 'max' | 'min' | 'mean';

/** A series that rules compute beforehand: `level:metric:operation`, its unit, and the labels it keeps. */
export interface Series {
  readonly record: string;
  readonly unit: string;
  readonly labels: readonly string[];
  /** Of those for boards: what it is made from. Others are written out by the group that needs them. */
  readonly from?: { readonly key: MetricKey; readonly operation: Operation };
}

const JOB = ['job'] as const;
const JOB_INSTANCE = ['job', 'instance'] as const;
const MODEL = 'gen_ai_request_model';
const DEVICE = ['hw_type', 'hw_id'] as const;
const PROCESS = 'clawdbot_process';

/** How the level of a name calls a label. */
const LEVELS: Readonly<Record<string, string>> = {
  ...{ [MODEL]: 'model', gen_ai_token_type: 'type', hw_type: '', hw_id: 'device', [PROCESS]: 'process' },
  ...{ http_response_status_code: 'status', error_type: 'error', cpu_mode: 'mode', hw_gpu_task: 'task' },
  ...{ system_device: 'disk', disk_io_direction: 'direction', network_io_direction: 'direction' },
  ...{ system_memory_state: 'state' },
  ...{ network_interface_name: 'interface', system_paging_direction: 'direction' },
};

const SUFFIX = {
  rate: 'rate1m',
  sum: 'sum_rate1m',
  increase: 'increase1m',
  buckets: 'bucket_rate1m',
  ever: 'bucket_total',
  max: 'max1m',
  min: 'min1m',
  mean: 'mean1m',
} as const;

const perSecond = (unit: string): string => (unit === 's' ? '1' : `${unit}/s`);

const unitOf = (operation: Operation, { unit, kind }: MetricRow): string => {
  const counted = kind === 'histogram' ? '{request}' : unit;
  if (operation === 'rate') return perSecond(counted);
  if (operation === 'increase') return counted;
  // Of buckets it is that of their bounds.
  return operation === 'sum' ? perSecond(unit) : unit;
};

const made = <const Labels extends readonly string[]>(operation: Operation, key: MetricKey, ...labels: Labels) => {
  const row: MetricRow = METRICS[key];
  const level = ['job', 'instance', ...labels.map((label) => LEVELS[label] ?? label)].filter((word) => word !== '');
  return {
    record: `${level.join('_')}:${familyName(row)}:${SUFFIX[operation]}`,
    unit: unitOf(operation, row),
    labels: [...JOB_INSTANCE, ...labels] as const,
    from: { key, operation },
  };
};

/** What happened a second, over each minute. */
const rated = <const L extends readonly string[]>(key: MetricKey, ...labels: L) => made('rate', key, ...labels);
/** How often it happened in each minute: for events that come one by one. */
const counted = <const L extends readonly string[]>(key: MetricKey, ...labels: L) => made('increase', key, ...labels);
/** The rate of the buckets of a histogram, whose bounds have its unit. */
const spread = <const L extends readonly string[]>(key: MetricKey, ...labels: L) => made('buckets', key, ...labels);
/** The buckets since the start: of what happens so rarely that most of it is the first of its series, which has no rate. */
const spreadEver = <const L extends readonly string[]>(key: MetricKey, ...labels: L) => made('ever', key, ...labels);
/** What the observations of a histogram add up to, a second: over their rate it is their mean. */
const added = <const L extends readonly string[]>(key: MetricKey, ...labels: L) => made('sum', key, ...labels);
/** The highest of each minute: what is read now and then would miss a peak. */
const highest = <const L extends readonly string[]>(key: MetricKey, ...labels: L) => made('max', key, ...labels);
/** The lowest: whether something was away for a moment. */
const lowest = <const L extends readonly string[]>(key: MetricKey, ...labels: L) => made('min', key, ...labels);
const averaged = <const L extends readonly string[]>(key: MetricKey, ...labels: L) => made('mean', key, ...labels);

/** The name of what a budget is burnt by, over one of its windows. */
const burn = (of: string, window: string) =>
  ({ record: `job:${of}:ratio_rate${window}`, unit: '1', labels: JOB }) as const;
const FAILED = 'clawdbot_requests_failed';
const LATE = 'gen_ai_first_token_late';

/** Every series that boards draw, by what it tells, and the rules it comes from: rules and boards name it by this key. */
export const SERIES = {
  // With the alerts that rest on them, as often as these are evaluated.
  requestsIn5m: { record: 'job:clawdbot_requests:increase5m', unit: '{request}', labels: JOB },
  timeoutRatio: { record: 'job:clawdbot_requests_timeout:ratio_rate5m', unit: '1', labels: JOB },
  queueRatio: { record: 'job_instance:clawdbot_queue_depth:ratio', unit: '1', labels: JOB_INSTANCE },
  firstTokenP95: {
    record: 'job_model:gen_ai_time_to_first_token_seconds:p95_5m',
    unit: 's',
    labels: ['job', MODEL],
  },
  failedIn1h: burn(FAILED, '1h'),
  failedIn6h: burn(FAILED, '6h'),
  failedIn3d: burn(FAILED, '3d'),
  lateIn1h: burn(LATE, '1h'),
  lateIn6h: burn(LATE, '6h'),
  lateIn3d: burn(LATE, '3d'),
  refusedRatio: { record: 'job:clawdbot_requests_refused:ratio_rate5m', unit: '1', labels: JOB },
  cacheHits: { record: 'job_cache:clawdbot_cache_hits:ratio_rate30m', unit: '1', labels: ['job', 'cache'] },
  cacheHitsOfDay: { record: 'job_cache:clawdbot_cache_hits:ratio_rate1d', unit: '1', labels: ['job', 'cache'] },
  deviceMemoryRatio: {
    record: 'job_device:hw_gpu_memory_usage_bytes:ratio',
    unit: '1',
    labels: [...JOB_INSTANCE, ...DEVICE],
  },
  diskRatio: { record: 'job_place:system_filesystem_used:ratio', unit: '1', labels: [...JOB_INSTANCE, 'place'] },
  hostMemoryStalled: {
    record: 'job_instance:clawdbot_host_memory_stalled:ratio_rate5m',
    unit: '1',
    labels: JOB_INSTANCE,
  },
  cgroupMemoryStalled: {
    record: 'job_process:clawdbot_cgroup_memory_stalled:ratio_rate5m',
    unit: '1',
    labels: [...JOB_INSTANCE, PROCESS],
  },
  cgroupThrottled: {
    record: 'job_process:clawdbot_cgroup_throttled:ratio_rate5m',
    unit: '1',
    labels: [...JOB_INSTANCE, PROCESS],
  },

  // For boards alone, once a minute: written out in boards.ts.
  limitUse: { record: 'job_limit:clawdbot_limit_use:ratio', unit: '1', labels: ['job', 'limit'] },
  availabilityBudget: { record: 'job:clawdbot_availability_budget:left', unit: '1', labels: JOB },
  latencyBudget: { record: 'job:clawdbot_latency_budget:left', unit: '1', labels: JOB },
  answerSpread: { record: 'job:gen_ai_server_request_duration_seconds:bucket_rate1m', unit: 's', labels: JOB },
  firstTokenSpread: { record: 'job:gen_ai_server_time_to_first_token_seconds:bucket_rate1m', unit: 's', labels: JOB },
  scraped: { record: 'job_instance:clawdbot_up:min1m', unit: '{target}', labels: JOB_INSTANCE },
  restartsIn15m: {
    record: 'job_model:clawdbot_engine_restarts:increase15m',
    unit: '{restart}',
    labels: ['job', MODEL],
  },
  firing: {
    record: 'job_alert:clawdbot_alerts_firing:count',
    unit: '{alert}',
    labels: ['job', 'alertname', 'severity', 'action'],
  },

  // Made from an instrument.
  requestRate: rated('requests', 'outcome'),
  tokenRate: rated('tokens', MODEL, 'gen_ai_token_type'),
  rejectionRate: rated('rejections', 'reason'),
  statusRate: rated('httpDuration', 'http_response_status_code'),
  answerSpreadOfModel: spread('requestDuration', MODEL),
  firstTokenSpreadOfModel: spread('timeToFirstToken', MODEL),
  perTokenSpread: spread('timePerOutputToken', MODEL),
  queueWaitSpread: spread('queueWait'),
  batchSum: added('batchSize', MODEL),
  batchSteps: rated('batchSize', MODEL),
  loadSpread: spreadEver('modelLoadDuration', MODEL),
  modelState: highest('modelState', MODEL, 'state'),
  breakerState: highest('breakerState', MODEL, 'state'),
  ready: lowest('ready'),
  probed: lowest('gatewayProbe', 'result'),
  loads: counted('modelLoadDuration', MODEL, 'outcome'),
  cacheRate: rated('cacheRequests', 'cache', 'result'),
  engineTimeRate: rated('engineTime', MODEL, 'phase'),
  engineTokenRate: rated('engineTokens', MODEL, 'kind'),
  preemptions: counted('enginePreemptions', MODEL),
  speculationRate: rated('speculation', MODEL, 'result'),
  restarts: counted('engineRestarts', MODEL),
  actionsTaken: counted('actions', 'action', 'outcome'),
  actionDelay: spreadEver('actionsDelay', 'action'),
  reloads: counted('configReloads', 'outcome'),
  callbacks: counted('callbacks', 'outcome'),
  notifications: counted('notifications', 'notifier', 'outcome'),
  webhooks: counted('actionsWebhooks', 'outcome'),
  redactionRate: rated('redactions', 'rule', 'direction'),
  redactionFailures: counted('redactionFailures', 'direction'),
  authRefusalRate: rated('authRefusals', 'reason'),
  httpRefusals: counted('httpRefused', 'reason'),
  egress: counted('egress', 'purpose', 'outcome'),
  auditRate: rated('auditRecords', 'event', 'outcome'),
  auditFailures: counted('auditFailures', 'part'),
  processRestarts: counted('processRestarts', PROCESS),
  readFailures: counted('pluginFailures', 'plugin', 'reason'),
  logDrops: counted('logDropped', 'stream'),
  logEvents: counted('logsPipelineEvents', 'stage', 'outcome'),
  logLag: highest('logsPipelineLag', 'stage'),
  otlpDrops: counted('otlpDropped', 'signal'),
  throttledRate: rated('throttledTime', ...DEVICE, 'reason'),
  deviceErrors: counted('hwErrors', ...DEVICE, 'error_type'),
  diskIoRate: rated('diskIo', 'system_device', 'disk_io_direction'),
  networkIoRate: rated('networkIo', 'network_interface_name', 'network_io_direction'),
  pressureRate: rated('pressure', 'resource', 'kind'),
  cgroupCpuRate: rated('cgroupCpuTime', PROCESS),
  processCpuRate: rated('processCpuTime', PROCESS),
  swapRate: rated('swapOperations', 'system_paging_direction'),
  oomKills: counted('oomKills'),
  cgroupOomKills: counted('cgroupOomKills', PROCESS),
  queueDepth: highest('queueDepth'),
  activeRequests: highest('activeRequests'),
  slotsUsed: highest('slotsUsed', MODEL),
  kvCacheUsage: highest('kvCacheUsage', MODEL),
  oldestJob: highest('jobsOldestAge'),
  heartbeatAge: highest('heartbeatAge', MODEL),
  deviceTemperature: highest('temperature', ...DEVICE, 'hw_sensor_location'),
  devicePower: averaged('power', ...DEVICE),
  deviceBusy: averaged('gpuUtilization', ...DEVICE, 'hw_gpu_task'),
  deviceThrottled: averaged('throttled', ...DEVICE, 'reason'),
  cpuBusy: averaged('cpuUtilization', 'cpu_mode'),
  processMemory: highest('processMemory', PROCESS),
  concurrencyLimit: lowest('concurrencyLimit'),
  slotsLimit: lowest('slotsLimit', MODEL),
  replicas: averaged('engineReplicas', MODEL, 'state'),
  fallBack: highest('engineFallBack', MODEL),
  devicesOfReplicas: averaged('engineDevice', MODEL, 'wanted', 'actual'),
  connections: averaged('httpConnections', 'listener', 'state'),
  jobsByState: averaged('jobs', 'state'),
  eventLoopDelay: highest('eventLoopDelayP99'),
  heapUsed: highest('heapUsed'),
  heapLimit: lowest('heapLimit'),
  charactersHeld: highest('redactionHeld'),
  memoryUse: averaged('memoryUsage', 'system_memory_state'),
  powerLimit: lowest('powerLimit', ...DEVICE),
  temperatureLimit: lowest('temperatureLimit', ...DEVICE, 'hw_sensor_location'),
  temperatureMargin: lowest('temperatureMargin', ...DEVICE),
  watchdogAge: highest('watchdogAge'),
  readerUp: lowest('pluginUp', 'plugin'),
  actionsPending: highest('actionsPending', 'action'),
  anomalyScore: highest('anomalyScore', 'signal', 'window'),
  eventsWaiting: highest('logsPipelineWaiting', 'stage'),
  queueUsage: highest('logsPipelineQueue', 'stage'),
  deadLettersUsage: highest('logsPipelineDeadLetters', 'stage'),
} as const satisfies Record<string, Series>;

export type SeriesKey = keyof typeof SERIES;

/** Its name in Prometheus. */
export const recorded = (key: SeriesKey): string => SERIES[key].record;
