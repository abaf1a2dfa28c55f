import type { AcceleratorReading } from '../../reader.ts';
import { type Sample, sample } from '../../sample.ts';

const MEGABYTE = 1024 ** 2;

/**
 * The chips in the table that `npu-smi info` prints. Each takes two rows: name, health, power, temperature, and below them
 * chip, bus address, load and memory. Undefined when it is no such table, or ends within a row.
 */
export const readTable = (text: string): AcceleratorReading[] | undefined => {
  const lines = text.split('\n');
  const heads = lines.filter((line) => /Health/.test(line) || /Bus-Id/.test(line));
  const columns = heads.at(1) ?? '';
  if (heads.length < 2 || !/Bus-Id/.test(columns)) return undefined;
  const driverVersion = /Version:\s*([\w.]+)/.exec(text)?.[1];
  const memories = [...columns.matchAll(/(HBM|Memory)-Usage\(MB\)/g)].map(([, kind]) => kind);
  const chips: AcceleratorReading[] = [];
  let above: string[] | undefined;
  for (const line of lines) {
    if (/Process id/.test(line)) break;
    const cells = cellsOf(line);
    if (cells === undefined) {
      above = undefined;
      continue;
    }
    if (above !== undefined && /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]$/i.test(cells[1] ?? '')) {
      chips.push({ ...chipOf(above, cells, memories), ...(driverVersion === undefined ? {} : { driverVersion }) });
      above = undefined;
    } else if (/^\d+\s+\S/.test(cells[0] ?? '')) above = cells;
  }
  const isCut = above !== undefined || !/[|+]$/.test(text.trimEnd());
  return isCut ? undefined : chips;
};

/** The three cells of a row of figures. */
const cellsOf = (line: string): string[] | undefined => {
  const cells = line.trim().split('|').slice(1, -1);
  return cells.length === 3 && !/Health|Bus-Id/.test(line) ? cells.map((cell) => cell.trim()) : undefined;
};

const chipOf = (
  [name = '', health = '', figures = '']: readonly string[],
  [, bus = '', usage = '']: readonly string[],
  memories: readonly (string | undefined)[],
): AcceleratorReading => {
  // npu-smi tells no UUID in any table; the bus address is the same after every start.
  const id = `npu-${bus.toLowerCase()}`;
  const labels = { 'hw.id': id, 'hw.type': 'npu' } as const;
  const samples: Sample[] = [];
  const [power = '', temperature = ''] = figures.split(/\s+/);
  const watts = numberOf(power);
  if (watts !== undefined) samples.push(sample('power', watts, labels));
  const degrees = numberOf(temperature);
  if (degrees !== undefined) samples.push(sample('temperature', degrees, { ...labels, 'hw.sensor_location': 'core' }));
  const load = numberOf(/^\S+/.exec(usage)?.[0] ?? '');
  if (load !== undefined) samples.push(sample('gpuUtilization', load / 100, { ...labels, 'hw.gpu.task': 'general' }));
  const pairs = [...usage.matchAll(/(\d+)\s*\/\s*(\d+)/g)];
  // Chips with HBM compute from it; their other memory is that of the control processors, or 0 / 0.
  const pair = pairs[memories.includes('HBM') ? memories.indexOf('HBM') : 0];
  const [, used, total] = pair ?? [];
  if (used !== undefined && total !== undefined && total !== '0') {
    samples.push(sample('gpuMemoryUsage', Number(used) * MEGABYTE, labels));
    samples.push(sample('gpuMemoryLimit', Number(total) * MEGABYTE, labels));
  }
  return {
    id,
    type: 'npu',
    vendor: 'Huawei',
    model: `Ascend ${name.replace(/^\d+\s+/, '')}`,
    samples,
    health: healthOf(health),
  };
};

/** `NA`, `-` and words are nothing. */
const numberOf = (text: string): number | undefined => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined);

const healthOf = (word: string): AcceleratorReading['health'] => {
  if (/^OK$/i.test(word)) return 'ok';
  if (/^Warning$/i.test(word)) return 'degraded';
  return /^(Alarm|Critical|Offline)$/i.test(word) ? 'failed' : 'unknown';
};
