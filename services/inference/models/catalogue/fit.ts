import type { ScenarioConfig } from '../../../../core/config/schema.ts';
import type { Machine } from '../machine.ts';
import { CATALOGUE, type CatalogueEntry } from './catalogue.ts';

/** Share of the memory a model may take; the rest is for the system and for this service. */
const USABLE_SHARE = 0.8;
/** Weights, plus a twentieth for compute buffers, plus room for a few conversations. */
const BUFFER_SHARE = 0.05;
const LEAST_KV_BYTES = 768 * 1024 * 1024;
const KV_SHARE = 0.1;

/** Whether a catalogue model runs on this machine, and the numbers that decided it. */
export interface Fit {
  readonly fits: boolean;
  readonly neededBytes: number;
  /** Memory or video memory, whichever has more room; what the model may take of it. */
  readonly usableBytes: number;
  /** Why not, in words; absent when it fits. */
  readonly reason?: 'memory' | 'disk';
}

/** Holds a catalogue entry against the memory and the disk of a machine. */
export const fitsHere = (entry: CatalogueEntry, machine: Machine): Fit => {
  const neededBytes = memoryOf(entry);
  const usableBytes = Math.floor(USABLE_SHARE * Math.max(machine.memoryBytes, machine.vramBytes ?? 0));
  if (neededBytes > usableBytes) return { fits: false, neededBytes, usableBytes, reason: 'memory' };
  if (machine.diskBytes !== undefined && entry.fileBytes > machine.diskBytes) {
    return { fits: false, neededBytes, usableBytes, reason: 'disk' };
  }
  return { fits: true, neededBytes, usableBytes };
};

/** Bits of file per parameter, as the GGUF header will say it. */
export const bitsPerWeightOf = ({ fileBytes, parameters }: CatalogueEntry): number => (fileBytes * 8) / parameters;

/** Constraints of a scenario that a catalogue entry breaks; its latency shows only once it runs here. */
export const brokenConstraints = (entry: CatalogueEntry, scenario: ScenarioConfig): readonly string[] => {
  const { minParameters, maxParameters, maxBitsPerWeight, minContext, tags } = scenario;
  const broken: string[] = [];
  if (minParameters !== undefined && entry.parameters < minParameters) broken.push('minParameters');
  if (maxParameters !== undefined && entry.parameters > maxParameters) broken.push('maxParameters');
  if (maxBitsPerWeight !== undefined && bitsPerWeightOf(entry) > maxBitsPerWeight) broken.push('maxBitsPerWeight');
  if (minContext !== undefined && (entry.context ?? 0) < minContext) broken.push('minContext');
  if (tags.some((tag) => !entry.tags.includes(tag))) broken.push('tags');
  return broken;
};

/**
 * Catalogue models that meet a scenario and fit this machine, the most advisable first. Where the scenario limits
 * latency that is the smallest, because it answers soonest; otherwise the largest, because it answers best.
 */
export const suggestFor = (scenario: ScenarioConfig, machine: Machine): readonly CatalogueEntry[] => {
  const suitable = CATALOGUE.filter(
    (entry) => brokenConstraints(entry, scenario).length === 0 && fitsHere(entry, machine).fits,
  );
  const direction = scenario.maxFirstTokenMs === undefined ? -1 : 1;
  return suitable.toSorted((a, b) => direction * (a.parameters - b.parameters));
};

const memoryOf = ({ fileBytes }: CatalogueEntry): number =>
  Math.ceil(fileBytes * (1 + BUFFER_SHARE) + Math.max(LEAST_KV_BYTES, fileBytes * KV_SHARE));
