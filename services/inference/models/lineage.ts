import type { Metadata } from './gguf/metadata.ts';

/** Where a quantised file comes from, as the quantiser of this product wrote it into the metadata. */
export interface Lineage {
  /** Name of the file it was made from, and the hash of its content. */
  readonly source: string;
  readonly sha256: string;
  /** Types before and after. */
  readonly from: string;
  readonly type: string;
  /** Release of llama.cpp whose quantiser made it. */
  readonly llamaCpp: string;
  /** Day it was made, ISO 8601. */
  readonly date: string;
}

const KEYS = {
  source: 'clawdbot.lineage.source',
  sha256: 'clawdbot.lineage.sha256',
  from: 'clawdbot.lineage.from',
  type: 'clawdbot.lineage.type',
  llamaCpp: 'clawdbot.lineage.llama_cpp',
  date: 'clawdbot.lineage.date',
} as const satisfies Record<keyof Lineage, string>;

/** The metadata entries that record a lineage; the release is for the quantiser to add, which alone knows it. */
export const lineageMetadata = (lineage: Omit<Lineage, 'llamaCpp'>): Record<string, string> => ({
  [KEYS.source]: lineage.source,
  [KEYS.sha256]: lineage.sha256,
  [KEYS.from]: lineage.from,
  [KEYS.type]: lineage.type,
  [KEYS.date]: lineage.date,
});

/** The lineage a file carries; `undefined` for one that was not made here. */
export const readLineage = (metadata: Metadata): Lineage | undefined => {
  const text = (key: string): string => {
    const value = metadata.get(key);
    // A file of unknown origin may hold anything: no control character reaches a terminal.
    return typeof value === 'string' ? value.replace(/\p{Cc}/gu, ' ').slice(0, 128) : '';
  };
  if (text(KEYS.source) === '') return undefined;
  return {
    source: text(KEYS.source),
    sha256: text(KEYS.sha256),
    from: text(KEYS.from),
    type: text(KEYS.type),
    llamaCpp: text(KEYS.llamaCpp),
    date: text(KEYS.date),
  };
};
