import { type FileSource, isAbsence } from '../../files.ts';
import type { AcceleratorReading } from '../../reader.ts';
import { type Sample, sample } from '../../sample.ts';

const AMD = '0x1002';
const PERCENT = 0.01;
const MICRO = 1e-6;
const MILLI = 1e-3;
/** What the driver calls its sensors; `edge` is the coolest place and says least. */
const PLACES: Readonly<Record<string, string>> = { edge: 'edge', junction: 'hotspot', mem: 'memory' };
const MOST_SENSORS = 8;

/** A number in a file; undefined: there is no such thing; `fault`: the device does not answer. */
type Value = number | 'fault' | undefined;

/** Reads one card from sysfs; undefined for a card of another vendor. */
export const readCard = async (files: FileSource, dir: string): Promise<AcceleratorReading | undefined> => {
  const device = `${dir}/device`;
  const text = (path: string): Promise<string | undefined> =>
    files.read(path).then(
      (found) => found.trim(),
      () => undefined,
    );
  if ((await text(`${device}/vendor`)) !== AMD) return undefined;
  let faults = 0;
  const number = async (path: string): Promise<number | undefined> => {
    const value = await readNumber(files, path);
    if (value === 'fault') faults += 1;
    return value === 'fault' ? undefined : value;
  };
  const [uniqueId, uevent, product, deviceId] = await Promise.all(
    ['unique_id', 'uevent', 'product_name', 'device'].map((name) => text(`${device}/${name}`)),
  );
  const bus = /^PCI_SLOT_NAME=(\S+)$/m.exec(uevent ?? '')?.[1];
  const id = uniqueId === undefined || /^(0x)?0*$/.test(uniqueId) ? `pci-${bus ?? dir.split('/').at(-1)}` : uniqueId;
  const labels = { 'hw.id': id, 'hw.type': 'gpu' } as const;
  const samples: Sample[] = [];
  const add = (value: number | undefined, make: (value: number) => Sample): void => {
    if (value !== undefined) samples.push(make(value));
  };
  add(await number(`${device}/gpu_busy_percent`), (value) =>
    sample('gpuUtilization', value * PERCENT, { ...labels, 'hw.gpu.task': 'general' }),
  );
  add(await number(`${device}/mem_busy_percent`), (value) =>
    sample('gpuUtilization', value * PERCENT, { ...labels, 'hw.gpu.task': 'memory' }),
  );
  add(await number(`${device}/mem_info_vram_used`), (value) => sample('gpuMemoryUsage', value, labels));
  add(await number(`${device}/mem_info_vram_total`), (value) => sample('gpuMemoryLimit', value, labels));
  add(lanesIn(await text(`${device}/current_link_width`)), (value) =>
    sample('pcieLanes', value, { ...labels, kind: 'current' }),
  );
  add(lanesIn(await text(`${device}/max_link_width`)), (value) =>
    sample('pcieLanes', value, { ...labels, kind: 'max' }),
  );
  for (const [kind, count] of errorsIn(await text(`${device}/ras/umc_err_count`))) {
    samples.push(sample('hwErrors', count, { ...labels, 'error.type': kind }));
  }
  const [hwmon] = await files.list(`${device}/hwmon`).catch((): string[] => []);
  if (hwmon !== undefined) samples.push(...(await readSensors(`${device}/hwmon/${hwmon}`, labels, number, text)));
  return {
    ...{ id, type: 'gpu', vendor: 'AMD', model: product || `device ${deviceId ?? 'unknown'}`, samples },
    health: faults > 0 ? 'failed' : 'ok',
  };
};

const readNumber = async (files: FileSource, path: string): Promise<Value> => {
  try {
    const text = (await files.read(path)).trim();
    return /^-?\d+$/.test(text) ? Number(text) : undefined;
  } catch (error) {
    return isAbsence(error) ? undefined : 'fault';
  }
};

const readSensors = async (
  dir: string,
  labels: { readonly 'hw.id': string; readonly 'hw.type': 'gpu' },
  number: (path: string) => Promise<number | undefined>,
  text: (path: string) => Promise<string | undefined>,
): Promise<Sample[]> => {
  const samples: Sample[] = [];
  for (let index = 1; index <= MOST_SENSORS; index += 1) {
    const degrees = await number(`${dir}/temp${index}_input`);
    if (degrees === undefined) break;
    const name = (await text(`${dir}/temp${index}_label`)) ?? 'edge';
    const place = { ...labels, 'hw.sensor_location': PLACES[name] ?? name };
    samples.push(sample('temperature', degrees * MILLI, place));
    const limit = await number(`${dir}/temp${index}_crit`);
    if (limit !== undefined) samples.push(sample('temperatureLimit', limit * MILLI, place));
  }
  const power = (await number(`${dir}/power1_average`)) ?? (await number(`${dir}/power1_input`));
  if (power !== undefined) samples.push(sample('power', power * MICRO, labels));
  const cap = await number(`${dir}/power1_cap`);
  if (cap !== undefined) samples.push(sample('powerLimit', cap * MICRO, labels));
  const energy = await number(`${dir}/energy1_input`);
  if (energy !== undefined) samples.push(sample('energy', energy * MICRO, labels));
  const clocks = [await number(`${dir}/freq1_input`), await number(`${dir}/freq2_input`)];
  for (const [index, clock] of (['graphics', 'memory'] as const).entries()) {
    const hertz = clocks[index];
    if (hertz !== undefined) samples.push(sample('clock', hertz, { ...labels, clock }));
  }
  const duty = await number(`${dir}/pwm1`);
  if (duty !== undefined) samples.push(sample('fanSpeed', duty / 255, labels));
  return samples;
};

const lanesIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

/** `ue: 0` and `ce: 3`, a line each. */
const errorsIn = (text = ''): ['ecc_uncorrected' | 'ecc_corrected', number][] =>
  [...text.matchAll(/^(ue|ce):\s*(\d+)$/gm)].map(([, kind, count]) => [
    kind === 'ue' ? 'ecc_uncorrected' : 'ecc_corrected',
    Number(count),
  ]);
