import type { GenerationEvent } from '../call.ts';
import { foldEvents } from './transcript.ts';

interface StoredAnswer {
  /** Epoch milliseconds. */
  readonly storedAt: number;
  readonly events: readonly GenerationEvent[];
}

/** The bytes under which a complete answer is kept. */
export const writeAnswer = (events: readonly GenerationEvent[], storedAt: number): Uint8Array =>
  Buffer.from(JSON.stringify({ storedAt, events: foldEvents(events).events } satisfies StoredAnswer));

interface Terms {
  readonly now: number;
  readonly ttlMs: number;
}

/** The events of a kept answer as a hit has them, and its age; undefined when it is older than answers may be now. */
export const readAnswer = (
  bytes: Uint8Array,
  { now, ttlMs }: Terms,
): { readonly events: readonly GenerationEvent[]; readonly ageMs: number } | undefined => {
  // Safe: only this file writes such bytes, and a change of their form changes every key.
  const { storedAt, events } = JSON.parse(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
  ) as StoredAnswer;
  const ageMs = now - storedAt;
  return ageMs < ttlMs ? { events: events.map(asHit), ageMs: Math.max(0, ageMs) } : undefined;
};

/** Nobody waited for an engine, and nothing was computed. */
const NO_TIME = { queueMs: 0, prefillMs: 0, decodeMs: 0 } as const;

const asHit = (event: GenerationEvent): GenerationEvent => {
  if (event.type === 'accepted') return { ...event, cache: 'hit' };
  if (event.type !== 'finished') return event;
  const { phases: _spent, batch: _ran, ...finished } = event;
  return { ...finished, timings: NO_TIME };
};
