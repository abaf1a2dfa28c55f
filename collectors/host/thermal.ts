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

/** Their temperatures; a zone that does not answer is left out. */
export const thermalSamples = (files: KernelFiles, zones: readonly Zone[]): Sample[] =>
  zones.flatMap(({ id, name }) => {
    const text = files.read(`${FOLDER}/${id}/temp`)?.trim() ?? '';
    if (!/^-?\d+$/.test(text)) return [];
    return [
      sample('temperature', Number(text) / 1000, { 'hw.id': id, 'hw.type': 'temperature', 'hw.sensor_location': name }),
    ];
  });
