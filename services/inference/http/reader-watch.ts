import type { Config } from '../../../core/config/schema.ts';
import type { Exchange } from './exchange.ts';
import { PIECE_BYTES } from './outbox.ts';

const LOOK_EVERY_MS = 1000;

interface Options {
  readonly exchanges: ReadonlySet<Exchange>;
  readonly config: Pick<Config['server'], 'readTimeoutMs' | 'maxUnreadBytes'>;
  readonly now: () => number;
  /** Told of a reader that is too slow; the answer is then cut. */
  readonly onStalled: (exchange: Exchange) => void;
}

/**
 * Cuts answers whose client does not read them: whoever asks and never listens would hold memory, and where it streams an
 * engine slot, for as long as it likes. All are looked at together, so that an answer costs no timer of its own.
 */
export const watchReaders = ({ exchanges, config, now, onStalled }: Options): (() => void) => {
  const look = () => {
    const at = now();
    for (const exchange of exchanges) {
      if (!isStalled(exchange, at, config)) continue;
      onStalled(exchange);
      exchange.outgoing.cut();
    }
  };
  const timer = setInterval(look, Math.min(LOOK_EVERY_MS, config.readTimeoutMs));
  timer.unref();
  return () => clearInterval(timer);
};

const isStalled = (exchange: Exchange, at: number, { readTimeoutMs, maxUnreadBytes }: Options['config']): boolean => {
  const { outgoing } = exchange;
  // Pipelined behind another answer: nobody could read it yet.
  if (outgoing.socket === null) return false;
  const unread = outgoing.headersSent ? outgoing.writableLength : 0;
  const isWaiting = unread > 0 || (outgoing.writableEnded && !outgoing.isComplete);
  const taken = exchange.bytesSent - unread;
  if (!isWaiting || taken !== exchange.taken || exchange.takenAt === 0) {
    exchange.taken = taken;
    exchange.takenAt = at;
    return unread > maxUnreadBytes;
  }
  // One write counts as taken only when its last byte was: the time allowed grows with it.
  return at - exchange.takenAt > readTimeoutMs * Math.max(1, unread / PIECE_BYTES);
};
