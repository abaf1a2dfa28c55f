import type { LabelsOf } from '../../../core/telemetry/metrics.ts';
import type { CollectorKey } from '../../reader.ts';

/** Keys whose samples are one number of one field. */
type NumberKey = Extract<
  CollectorKey,
  | 'gpuUtilization'
  | 'gpuMemoryUsage'
  | 'gpuMemoryLimit'
  | 'gpuMemoryReserved'
  | 'temperature'
  | 'temperatureMargin'
  | 'power'
  | 'powerLimit'
  | 'fanSpeed'
  | 'clock'
  | 'hwErrors'
  | 'pcieGeneration'
  | 'pcieLanes'
  | 'throttledTime'
>;

type NumberField = {
  [K in NumberKey]: {
    /** Names by which drivers know it, newest first. */
    readonly query: readonly string[];
    readonly key: K;
    /** What turns it into the unit of the metric. */
    readonly scale: number;
    readonly labels?: Omit<LabelsOf<K>, 'hw.id' | 'hw.type'>;
  };
}[NumberKey];

const MIB = 1024 ** 2;
const MHZ = 1e6;
const PERCENT = 0.01;
const MICROSECOND = 1e-6;

/** One metric more is one row here, and one in the catalogue. */
export const NUMBER_FIELDS: readonly NumberField[] = [
  { query: ['utilization.gpu'], key: 'gpuUtilization', scale: PERCENT, labels: { 'hw.gpu.task': 'general' } },
  { query: ['utilization.memory'], key: 'gpuUtilization', scale: PERCENT, labels: { 'hw.gpu.task': 'memory' } },
  { query: ['utilization.encoder'], key: 'gpuUtilization', scale: PERCENT, labels: { 'hw.gpu.task': 'encoder' } },
  { query: ['utilization.decoder'], key: 'gpuUtilization', scale: PERCENT, labels: { 'hw.gpu.task': 'decoder' } },
  { query: ['memory.used'], key: 'gpuMemoryUsage', scale: MIB },
  { query: ['memory.total'], key: 'gpuMemoryLimit', scale: MIB },
  { query: ['memory.reserved'], key: 'gpuMemoryReserved', scale: MIB },
  { query: ['temperature.gpu'], key: 'temperature', scale: 1, labels: { 'hw.sensor_location': 'core' } },
  { query: ['temperature.memory'], key: 'temperature', scale: 1, labels: { 'hw.sensor_location': 'memory' } },
  { query: ['temperature.gpu.tlimit'], key: 'temperatureMargin', scale: 1 },
  { query: ['power.draw'], key: 'power', scale: 1 },
  { query: ['enforced.power.limit'], key: 'powerLimit', scale: 1 },
  { query: ['fan.speed'], key: 'fanSpeed', scale: PERCENT },
  { query: ['clocks.current.graphics', 'clocks.gr'], key: 'clock', scale: MHZ, labels: { clock: 'graphics' } },
  { query: ['clocks.current.sm', 'clocks.sm'], key: 'clock', scale: MHZ, labels: { clock: 'sm' } },
  { query: ['clocks.current.memory', 'clocks.mem'], key: 'clock', scale: MHZ, labels: { clock: 'memory' } },
  { query: ['clocks.current.video', 'clocks.video'], key: 'clock', scale: MHZ, labels: { clock: 'video' } },
  {
    query: ['ecc.errors.corrected.volatile.total'],
    ...{ key: 'hwErrors', scale: 1, labels: { 'error.type': 'ecc_corrected' } },
  },
  {
    query: ['ecc.errors.uncorrected.volatile.total'],
    ...{ key: 'hwErrors', scale: 1, labels: { 'error.type': 'ecc_uncorrected' } },
  },
  {
    query: ['retired_pages.double_bit.count', 'retired_pages.dbe'],
    ...{ key: 'hwErrors', scale: 1, labels: { 'error.type': 'retired_pages' } },
  },
  {
    query: ['remapped_rows.uncorrectable', 'remapped_rows.dbe'],
    ...{ key: 'hwErrors', scale: 1, labels: { 'error.type': 'remapped_rows' } },
  },
  { query: ['pcie.link.gen.current'], key: 'pcieGeneration', scale: 1, labels: { kind: 'current' } },
  { query: ['pcie.link.gen.max'], key: 'pcieGeneration', scale: 1, labels: { kind: 'max' } },
  { query: ['pcie.link.width.current'], key: 'pcieLanes', scale: 1, labels: { kind: 'current' } },
  { query: ['pcie.link.width.max'], key: 'pcieLanes', scale: 1, labels: { kind: 'max' } },
  ...(
    [
      ['sw_power_cap', 'sw_power_cap'],
      ['sync_boost', 'sync_boost'],
      ['sw_thermal_slowdown', 'sw_thermal'],
      ['hw_thermal_slowdown', 'hw_thermal'],
      ['hw_power_brake_slowdown', 'hw_power_brake'],
    ] as const
  ).map(
    ([name, reason]): NumberField => ({
      query: [`clocks_event_reasons_counters.${name}`],
      ...{ key: 'throttledTime' as const, scale: MICROSECOND, labels: { reason } },
    }),
  ),
];

/** Fields that are read one by one; `name` is the last of all, because it alone may hold a comma. */
export const SPECIAL_FIELDS = {
  count: ['count'],
  uuid: ['uuid', 'gpu_uuid'],
  bus: ['pci.bus_id', 'gpu_bus_id'],
  driver: ['driver_version'],
  mig: ['mig.mode.current'],
  recovery: ['gpu_recovery_action'],
  throttle: ['clocks_event_reasons.active', 'clocks_throttle_reasons.active'],
  repairPending: ['remapped_rows.pending', 'retired_pages.pending'],
  repairFailed: ['remapped_rows.failure'],
  name: ['name', 'gpu_name'],
} as const satisfies Record<string, readonly string[]>;

export type SpecialField = keyof typeof SPECIAL_FIELDS;

/** What is asked for: of each field the newest name that this driver knows. */
export interface Query {
  /** In the order of the columns. */
  readonly names: readonly string[];
  readonly special: Readonly<Partial<Record<SpecialField, number>>>;
  readonly numbers: readonly { readonly field: NumberField; readonly column: number }[];
}

/** Builds the query for a driver that knows these fields; undefined: it could not be asked, so only what all know. */
export const chooseFields = (known: ReadonlySet<string> | undefined): Query => {
  const names: string[] = [];
  const choose = (candidates: readonly string[]): number | undefined => {
    const name = candidates.find((candidate) => (known ?? EVERY_DRIVER).has(candidate));
    return name === undefined ? undefined : names.push(name) - 1;
  };
  const special: Partial<Record<SpecialField, number>> = {};
  const { name: nameField, ...others } = SPECIAL_FIELDS;
  // Safe: the keys of the table are its keys.
  for (const [key, candidates] of Object.entries(others) as [SpecialField, readonly string[]][]) {
    const column = choose(candidates);
    if (column !== undefined) special[key] = column;
  }
  const numbers = NUMBER_FIELDS.flatMap((field) => {
    const column = choose(field.query);
    return column === undefined ? [] : [{ field, column }];
  });
  const column = choose(nameField);
  if (column !== undefined) special.name = column;
  return { names, special, numbers };
};

/** Known to every driver of the last ten years. */
const EVERY_DRIVER: ReadonlySet<string> = new Set([
  ...['count', 'uuid', 'pci.bus_id', 'driver_version', 'name', 'utilization.gpu', 'utilization.memory', 'memory.used'],
  ...['memory.total', 'temperature.gpu', 'power.draw', 'enforced.power.limit', 'fan.speed', 'clocks.gr', 'clocks.sm'],
  ...['clocks.mem', 'pcie.link.gen.current', 'pcie.link.gen.max', 'pcie.link.width.current', 'pcie.link.width.max'],
  ...['ecc.errors.corrected.volatile.total', 'ecc.errors.uncorrected.volatile.total'],
]);

/** The fields that `--help-query-gpu` lists, every spelling of each. */
export const fieldsInHelp = (help: string): ReadonlySet<string> =>
  new Set(
    help
      .split('\n')
      .filter((line) => /^"[\w.]+"/.test(line.trim()))
      .flatMap((line) => [...line.matchAll(/"([\w.]+)"/g)].map(([, name = '']) => name)),
  );
