import type { Logger } from '../../../core/telemetry/log.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import type { RefusalReason } from './connection-ledger.ts';

interface Options {
  readonly log: Pick<Logger, 'warn'>;
  readonly telemetry: Pick<Telemetry, 'counter'>;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

const LOG_EVERY_MS = 60_000;

/** Ordinary life, not worth a line: clients that go, probes that open a port and close it. */
const QUIET: ReadonlySet<RefusalReason> = new Set(['idle', 'handshake', 'http2_error', 'malformed', 'head_size']);

/**
 * Counts refusals that no access line tells of. An attack must not fill the disk: each reason is logged once a minute at
 * most, with how many there were.
 */
export const createRefusals = ({ log, telemetry, now }: Options): ((reason: RefusalReason) => void) => {
  const unsaid = new Map<RefusalReason, { count: number; at: number }>();
  return (reason) => {
    telemetry.counter('httpRefused', { reason });
    if (QUIET.has(reason)) return;
    const seen = unsaid.get(reason) ?? { count: 0, at: Number.NEGATIVE_INFINITY };
    seen.count += 1;
    unsaid.set(reason, seen);
    if (now() - seen.at < LOG_EVERY_MS) return;
    log.warn('http.refused', { labels: { reason, count: seen.count } });
    unsaid.set(reason, { count: 0, at: now() });
  };
};
