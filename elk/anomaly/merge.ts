import type { Point } from './detect/kind.ts';
import { type SeriesKey, seriesText } from './signals.ts';
import type { Lines, Points } from './sources/source.ts';

/** What a source told, from which slot on. */
export interface Heard {
  readonly first: number;
  readonly found: ReadonlyMap<number, Points>;
}

/** What all sources say of one interval, the one that is asked first before the others, and what was counted in the files here. */
export const mergedAt = (slot: number, heard: readonly Heard[], counts: Lines['counts']): Points => {
  const all = new Map<string, { readonly key: SeriesKey; readonly point: Point }>();
  for (const { first, found } of heard) {
    // It told of this one before.
    if (slot < first) continue;
    for (const [text, entry] of found.get(slot) ?? []) all.set(text, entry);
  }
  if (counts === undefined) return all;
  for (const level of ['warn', 'error'] as const) {
    const key = { signal: 'log_volume', label: level } as const;
    all.set(seriesText(key), { key, point: { value: counts[level], n: counts[level] } });
  }
  return all;
};
