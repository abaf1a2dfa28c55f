import type { EngineSpec } from '../protocol/messages.ts';

const DEFAULT_CONTEXT = 2048;
const MIN_CONTEXT = 512;

/** How long one request may be: every sequence of this engine owns an equal part of the pool. */
export const contextPerSequence = (
  { context, kvTokens, slots }: Pick<EngineSpec, 'context' | 'kvTokens' | 'slots'>,
  trained: number,
): number => {
  const wanted = Math.min(context === 'auto' ? DEFAULT_CONTEXT : context, trained);
  if (kvTokens === 'auto') return wanted;
  return Math.min(wanted, Math.max(MIN_CONTEXT, Math.floor(kvTokens / slots)));
};
