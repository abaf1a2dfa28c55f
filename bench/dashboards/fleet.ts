import { SERIES, type Series } from '../../alerting/rules/series.ts';
import { METRICS, type MetricRow } from '../../core/telemetry/metrics.ts';
import { familyName, safeName, wireName } from '../../core/telemetry/wire-name.ts';

/** How large the service is whose boards are looked at. */
export interface Fleet {
  readonly devices: number;
  readonly replicas: number;
}

/** One series there is: a gauge wanders, a counter grows, and of buckets each holds more than those below it. */
export interface HistorySeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly isCounter: boolean;
  /** Its share of what is counted: 1 but for buckets. */
  readonly share: number;
}

const MODELS = ['smollm2-135m-instruct', 'qwen3-8b', 'llama-3.3-70b'];
/** What labels hold whose values no list closes. */
const OPEN: Readonly<Record<string, readonly string[]>> = {
  gen_ai_request_model: MODELS,
  http_route: ['/api/v1/inference', '/v1/chat/completions', '/v1/embeddings', '/api/v1/jobs/{id}', '/api/v1/metrics'],
  http_response_status_code: ['200', '202', '401', '429', '503'],
  rule: ['email', 'phone', 'iban', 'card', 'token', 'name', 'address', 'id'],
  plugin: ['nvidia-smi', 'host', 'process', 'cgroup'],
  notifier: ['first', 'every'],
  action: ['email', 'sms', 'scale', 'breaker'],
  clawdbot_process_index: ['0'],
  hw_type: ['gpu'],
  xid: ['31', '79'],
  system_device: ['nvme0n1'],
  network_interface_name: ['eth0'],
};

const JOBS = {
  gateway: 'clawdbot',
  every: 'clawdbot',
  collectors: 'clawdbot-collectors',
  actions: 'clawdbot-actions',
  anomaly: 'clawdbot-anomaly',
};

type Labels = Readonly<Record<string, string>>;

/** Every series of a name in such a fleet; none where nothing is known of it. */
export const seriesNamed = (name: string, fleet: Fleet): readonly HistorySeries[] => {
  if (name === 'ALERTS') return alerts();
  const recorded = Object.values<Series>(SERIES).find(({ record }) => record === name);
  if (recorded !== undefined) return ofRule(recorded, fleet);
  const rows: readonly MetricRow[] = Object.values(METRICS);
  return rows.flatMap((row) => ofInstrument(row, name, fleet));
};

/** What a rule records has the labels that are written down, and the bounds of the buckets it adds up. */
const ofRule = ({ record, labels, from }: Series, fleet: Fleet): readonly HistorySeries[] => {
  const rows: readonly MetricRow[] = Object.values(METRICS);
  const row: MetricRow | undefined =
    from === undefined ? rows.find((one) => familyName(one) === record.split(':')[1]) : METRICS[from.key];
  const job = labels.some((label) => label.startsWith('hw_')) ? JOBS.collectors : JOBS.gateway;
  const all = combine(labels, { job, values: wired(row?.values ?? {}) }, fleet);
  const bounds = record.includes(':bucket_') ? [...(row?.buckets ?? []).map(String), '+Inf'] : undefined;
  if (bounds === undefined) return all.map((each) => plain(record, each, false));
  return all.flatMap((each) => bounds.map((le) => plain(record, { ...each, le }, false)));
};

const plain = (name: string, labels: Labels, isCounter: boolean): HistorySeries => ({
  name,
  labels,
  isCounter,
  share: 1,
});

const ofInstrument = (row: MetricRow, name: string, fleet: Fleet): readonly HistorySeries[] => {
  const { kind, page = 'gateway', labels, values = {}, buckets = [] } = row;
  const of = { job: JOBS[page], values: wired(values) };
  const all = (): readonly Labels[] => combine(['job', 'instance', ...labels.map(safeName)], of, fleet);
  if (kind !== 'histogram') {
    return name === wireName(row) ? all().map((each) => plain(name, each, kind === 'counter')) : [];
  }
  const family = familyName(row);
  if (name === `${family}_count` || name === `${family}_sum`) return all().map((each) => plain(name, each, true));
  if (name !== `${family}_bucket`) return [];
  const bounds = [...buckets.map(String), '+Inf'];
  return all().flatMap((each) =>
    bounds.map((le, index) => ({
      ...{ name, labels: { ...each, le }, isCounter: true },
      share: (index + 1) / bounds.length,
    })),
  );
};

const wired = (values: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(Object.entries(values).map(([label, list]) => [safeName(label), list]));

interface Of {
  readonly job: string;
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** Every combination of the values of these labels; a device stands in one machine alone. */
const combine = (labels: readonly string[], { job, values }: Of, { devices, replicas }: Fleet): readonly Labels[] => {
  const machines = Array.from({ length: replicas }, (_, index) => `node-${index}:8443`);
  const hasDevices = labels.includes('hw_id');
  const start: readonly Labels[] = hasDevices
    ? Array.from({ length: devices }, (_, index) => ({
        instance: machines[Math.floor((index * replicas) / devices)] ?? '',
        hw_id: `GPU-${String(index).padStart(4, '0')}`,
      }))
    : [{}];
  return labels.reduce<readonly Labels[]>((found, label) => {
    if (hasDevices && (label === 'instance' || label === 'hw_id')) return found;
    const list =
      label === 'job' ? [job] : label === 'instance' ? machines : (OPEN[label] ?? values[label] ?? ['one', 'two']);
    return found.flatMap((each) => list.map((value) => ({ ...each, [label]: value })));
  }, start);
};

/** The one that is always there, and some that come and stay. */
const alerts = (): readonly HistorySeries[] =>
  ['Watchdog', 'AcceleratorTemperatureHigh', 'QueueSaturated', 'FirstTokenSlow'].map((alertname) =>
    plain(
      'ALERTS',
      { alertname, alertstate: 'firing', severity: 'warning', job: JOBS.gateway, instance: 'node-0:8443' },
      false,
    ),
  );
