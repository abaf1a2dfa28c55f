import type { FileSource } from '../files.ts';
import type { KernelFiles } from '../kernel-files.ts';
import { type Sample, sample } from '../sample.ts';

const FOLDER = '/sys/class/thermal';
const MOST_ZONES = 64;

/** A thermal zone of the machine. */
export interface Zone {
  readonly id: string;
  readonly name: string;
}

/** The zones, with what the kernel calls them. */
export const findZones = (files: KernelFiles): readonly Zone[] =>
  files
    .list(FOLDER)
    .filter((id) => /^thermal_zone\d+$/.test(id))
    .slice(0, MOST_ZONES)
    .map((id) => ({ id, name: files.read(`${FOLDER}/${id}/type`)?.trim() || id }));

/** Its temperature, as the firmware or a chip behind a slow bus tells it; nothing where that does not answer. */
export const readZone = async (files: FileSource, { id, name }: Zone): Promise<Sample[]> => {
  const text = (await files.read(`${FOLDER}/${id}/temp`).catch(() => '')).trim();
  if (!/^-?\d+$/.test(text)) return [];
  const labels = { 'hw.id': id, 'hw.type': 'temperature', 'hw.sensor_location': name } as const;
  return [sample('temperature', Number(text) / 1000, labels)];
};
