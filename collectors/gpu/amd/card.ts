import { type FileSource, isAbsence } from '../../files.ts';
import type { AcceleratorReading } from '../../reader.ts';
import { type Sample, sample } from '../../sample.ts';

const AMD = '0x1002';
const PERCENT = 0.01;
const MICRO = 1e-6;
const MILLI = 1e-3;
/** What the driver calls its sensors; `edge` is the coolest place and says least. */
const PLACES: Readonly<Record<string, string>> = { edge: 'edge', junction: 'hotspot', mem: 'memory' };
const LONGEST_NAME = 64;

/** What a card is, as long as it is in its place. */
export type CardIdentity = Pick<AcceleratorReading, 'id' | 'type' | 'vendor' | 'model'> & { readonly bus: string };

/** One card, read. */
export interface Card extends AcceleratorReading {
  /** Files that hold no number. */
  readonly unreadable: readonly string[];
}

/** What the card in this place is; undefined for one of another vendor, and for one that is just being taken out. */
export const identifyCard = async (
  files: FileSource,
  dir: string,
  known: CardIdentity | undefined,
): Promise<CardIdentity | undefined> => {
  const text = (name: string) => textIn(files, `${dir}/device/${name}`);
  if ((await text('vendor')) !== AMD) return undefined;
  const bus = /^PCI_SLOT_NAME=(\S+)$/m.exec((await text('uevent')) ?? '')?.[1];
  if (bus === undefined) return undefined;
  const uniqueId = await text('unique_id');
  // One that is too sick to tell its own id is still the one that was there.
  if (uniqueId === undefined && known?.bus === bus) return known;
  const id = uniqueId === undefined || /^(0x)?0*$/.test(uniqueId) ? `pci-${bus}` : uniqueId;
  const product = (await text('product_name'))?.split('\n')[0]?.slice(0, LONGEST_NAME);
  const model = product || `device ${(await text('device')) ?? 'unknown'}`;
  return { id, type: 'gpu', vendor: 'AMD', model, bus };
};

/** Reads one card from sysfs, a file after the other. */
export const measureCard = async (files: FileSource, dir: string, { bus, ...what }: CardIdentity): Promise<Card> => {
  const device = `${dir}/device`;
  const labels = { 'hw.id': what.id, 'hw.type': 'gpu' } as const;
  const samples: Sample[] = [];
  const unreadable: string[] = [];
  let faults = 0;
  const text = (name: string) => textIn(files, `${device}/${name}`);
  /** A number in a file, unless there is no such thing or the device does not answer. */
  const number = async (name: string): Promise<number | undefined> => {
    try {
      const found = (await files.read(`${device}/${name}`)).trim();
      if (/^-?\d+$/.test(found)) return Number(found);
      if (found !== '') unreadable.push(name);
    } catch (error) {
      if (!isAbsence(error)) faults += 1;
    }
    return undefined;
  };
  const add = (value: number | undefined, make: (value: number) => Sample): void => {
    if (value !== undefined) samples.push(make(value));
  };
  add(await number('gpu_busy_percent'), (value) =>
    sample('gpuUtilization', value * PERCENT, { ...labels, 'hw.gpu.task': 'general' }),
  );
  add(await number('mem_busy_percent'), (value) =>
    sample('gpuUtilization', value * PERCENT, { ...labels, 'hw.gpu.task': 'memory' }),
  );
  add(await number('mem_info_vram_used'), (value) => sample('gpuMemoryUsage', value, labels));
  add(await number('mem_info_vram_total'), (value) => sample('gpuMemoryLimit', value, labels));
  add(lanesIn(await text('current_link_width')), (value) => sample('pcieLanes', value, { ...labels, kind: 'current' }));
  add(lanesIn(await text('max_link_width')), (value) => sample('pcieLanes', value, { ...labels, kind: 'max' }));
  for (const [kind, count] of errorsIn(await text('ras/umc_err_count'))) {
    samples.push(sample('hwErrors', count, { ...labels, 'error.type': kind }));
  }
  const [hwmon] = await files.list(`${device}/hwmon`).catch((error): string[] => {
    if (!isAbsence(error)) faults += 1;
    return [];
  });
  if (hwmon !== undefined) samples.push(...(await readSensors(`hwmon/${hwmon}`, labels, number, text)));
  return { ...what, samples, unreadable, health: faults > 0 ? 'failed' : 'ok' };
};

const textIn = (files: FileSource, path: string): Promise<string | undefined> =>
  files.read(path).then(
    (found) => found.trim(),
    () => undefined,
  );

/** The driver has three sensors at most; one that does not answer says nothing of the others. */
const SENSORS = [1, 2, 3] as const;

const readSensors = async (
  dir: string,
  labels: { readonly 'hw.id': string; readonly 'hw.type': 'gpu' },
  number: (path: string) => Promise<number | undefined>,
  text: (path: string) => Promise<string | undefined>,
): Promise<Sample[]> => {
  const samples: Sample[] = [];
  for (const index of SENSORS) {
    const degrees = await number(`${dir}/temp${index}_input`);
    if (degrees === undefined) continue;
    const name = (await text(`${dir}/temp${index}_label`)) ?? 'edge';
    const place = { ...labels, 'hw.sensor_location': PLACES[name] ?? 'other' };
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
