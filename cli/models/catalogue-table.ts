import type { ScenarioConfig } from '../../core/config/schema.ts';
import { CATALOGUE, type CatalogueEntry } from '../../services/inference/models/catalogue/catalogue.ts';
import { bitsPerWeightOf, brokenConstraints, fitsHere } from '../../services/inference/models/catalogue/fit.ts';
import { formatBytes, formatParameters } from '../../services/inference/models/format.ts';
import type { Machine } from '../../services/inference/models/machine.ts';
import { renderTable, shown } from './table.ts';

/** A catalogue entry held against this machine and, where one was named, a scenario. */
export interface RatedEntry extends CatalogueEntry {
  readonly bitsPerWeight: number;
  readonly fits: boolean;
  readonly neededBytes: number;
  /** Constraints of the scenario it breaks; empty without one. */
  readonly broken: readonly string[];
  /** `ok`, or why not in a few words. */
  readonly verdict: string;
}

/** The whole catalogue, each entry with its verdict. */
export const rateCatalogue = (machine: Machine, scenario: ScenarioConfig | undefined): readonly RatedEntry[] =>
  CATALOGUE.map((entry) => {
    const fit = fitsHere(entry, machine);
    const broken = scenario === undefined ? [] : brokenConstraints(entry, scenario);
    const reasons = [
      ...(fit.reason === 'memory' ? [`needs ${formatBytes(fit.neededBytes)} of memory`] : []),
      ...(fit.reason === 'disk' ? [`needs ${formatBytes(entry.fileBytes)} of disk`] : []),
      ...broken,
    ];
    return {
      ...entry,
      bitsPerWeight: bitsPerWeightOf(entry),
      fits: fit.fits,
      neededBytes: fit.neededBytes,
      broken,
      verdict: reasons.length === 0 ? 'ok' : reasons.join(', '),
    };
  });

const HEAD = ['ID', 'PARAMETERS', 'QUANTISATION', 'CONTEXT', 'SIZE', 'LICENCE', 'TAGS', 'TRIED', 'HERE'];
const RIGHT = new Set([1, 3, 4]);

/** The catalogue for people. */
export const renderCatalogue = (entries: readonly RatedEntry[]): string =>
  renderTable(
    HEAD,
    entries.map((entry) => [
      entry.id,
      formatParameters(entry.parameters),
      `${entry.quantization} (${entry.bitsPerWeight.toFixed(1)} bits)`,
      shown(entry.context, String),
      formatBytes(entry.fileBytes),
      entry.license,
      entry.tags.join(' '),
      entry.tried,
      entry.verdict,
    ]),
    RIGHT,
  );
