import type { EngineSpec } from '../protocol/messages.ts';

/** Where nobody planned the memory: what suits most requests, and what a slot gets of it. */
const UNPLANNED_CONTEXT = 8192;
const UNPLANNED_TOKENS_PER_SLOT = 4096;
/** llama.cpp rounds the pool up to whole blocks of cells. */
const BLOCK = 256;
/** Attention of every token looks at all cells in use, its own or not: beyond this a kept prefix costs more than it saves. */
const MOST_IDLE = 128;
const IDLE_SHARE = 0.25;

export interface PoolSize {
  /** Longest single request. */
  readonly contextTokens: number;
  /** Cells of the pool that all slots share. */
  readonly cells: number;
}

/** How long one request may be, and how many cells all of them share. */
export const poolSize = (
  { context, kvTokens, slots }: Pick<EngineSpec, 'context' | 'kvTokens' | 'slots'>,
  trained: number,
): PoolSize => {
  const longest = kvTokens === 'auto' ? UNPLANNED_CONTEXT : kvTokens;
  const wanted = Math.min(context === 'auto' ? longest : context, trained);
  const pool = kvTokens === 'auto' ? Math.max(wanted, slots * Math.min(wanted, UNPLANNED_TOKENS_PER_SLOT)) : kvTokens;
  return { contextTokens: Math.min(wanted, pool), cells: Math.ceil(pool / BLOCK) * BLOCK };
};

/** What one slot needs and may have of its own cells. */
interface StreamDemand {
  readonly layout: 'auto' | 'streams';
  /** Cells beyond the context, for tokens that are guessed ahead. */
  readonly spare: number;
}

/** The same cells in equal parts for the slots; `undefined` where a part would be too short and nobody asked for it. */
export const streamSize = (
  { context, slots }: Pick<EngineSpec, 'context' | 'slots'>,
  { contextTokens, cells }: PoolSize,
  { layout, spare }: StreamDemand,
): PoolSize | undefined => {
  const share = Math.floor(cells / slots / BLOCK) * BLOCK;
  if (contextTokens + spare <= share) return { contextTokens, cells: share * slots };
  if (layout === 'auto') return undefined;
  const longest = context === 'auto' ? Math.min(contextTokens, Math.max(BLOCK, share - spare)) : contextTokens;
  return { contextTokens: longest, cells: Math.ceil((longest + spare) / BLOCK) * BLOCK * slots };
};

const MOST_STASH_BYTES = 1024 * 1024 * 1024;
const STASH_SHARE = 0.1;

/** How much memory prefixes outside the pool may take. */
export const stashBytes = (configured: number | 'auto', freeBytes: number): number =>
  configured === 'auto' ? Math.min(MOST_STASH_BYTES, Math.floor(freeBytes * STASH_SHARE)) : configured;

/** How many cells are kept for prefixes nobody uses at the moment. */
export const idleCells = (configured: number | 'auto', cells: number): number =>
  configured === 'auto' ? Math.min(MOST_IDLE, Math.floor(cells * IDLE_SHARE)) : Math.min(configured, cells);
