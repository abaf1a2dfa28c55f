import { type ServiceError, toServiceError } from '../../../core/errors/service-error.ts';
import { type StreamEncoder, type StreamSink, StreamWriter } from './stream-writer.ts';

/** `no-cache` and the nginx switch keep proxies from holding an answer back until it is complete. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
} as const;

/** One server-sent event; JSON never holds a raw line break, so one `data` line is enough. */
export const sseEvent = (event: string | undefined, json: string): string =>
  event === undefined ? `data: ${json}\n\n` : `event: ${event}\ndata: ${json}\n\n`;

export interface StreamOptions<Event> {
  readonly events: AsyncIterable<Event>;
  readonly encoder: StreamEncoder<Event>;
  /** Commits status and headers; called at the first event or the first keep-alive, whichever comes first. */
  readonly open: () => StreamSink;
  readonly heartbeatMs: number;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  /** Told of an error that came too late for a status. */
  readonly onLateError?: (error: ServiceError) => void;
}

/**
 * Writes the events as they come and resolves when the answer is complete or the client is gone. An error before the
 * first byte rejects, so that it can still become an HTTP status; a later one becomes the last event of the stream.
 */
export const streamEvents = async <Event>(options: StreamOptions<Event>): Promise<void> => {
  const { signal, encoder, open, heartbeatMs } = options;
  const iterator = options.events[Symbol.asyncIterator]();
  // `return` waits for a step under way; that step ends by itself because the generation has the same signal.
  const leave = () => void iterator.return?.().catch(() => undefined);
  const writer = new StreamWriter({ encoder, open, heartbeatMs, onBroken: leave });
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) writer.send(next.value);
    if (!signal.aborted) writer.end('');
  } catch (thrown) {
    if (signal.aborted) return;
    const error = toServiceError(thrown);
    if (!writer.isOpen) throw error;
    options.onLateError?.(error);
    writer.end(encoder.fail(error));
  } finally {
    signal.removeEventListener('abort', leave);
    writer.stop();
  }
};
