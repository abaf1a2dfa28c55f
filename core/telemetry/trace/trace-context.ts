import { randomFillSync } from 'node:crypto';

/** Where a request belongs in a trace, as W3C Trace Context carries it between programs. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all 0. */
  readonly traceId: string;
  /** The span of whoever asks: 16 lower-case hexadecimal digits, not all 0. */
  readonly spanId: string;
  /** Whoever asks keeps this trace. */
  readonly isSampled: boolean;
}

const VERSION_00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
/** A later version may say more, after another dash. */
const LATER_VERSION = /^(?!ff|00)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const LONGEST = 256;
const ZEROS = /^0+$/;

/** Reads `traceparent`; `undefined` for one that is absent or not valid, which the standard says to ignore. */
export const readTraceparent = (header: string | undefined): TraceContext | undefined => {
  if (header === undefined || header.length > LONGEST) return undefined;
  const [, traceId, spanId, flags] = VERSION_00.exec(header) ?? LATER_VERSION.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
};

/** The header for whoever is asked next. */
export const writeTraceparent = ({ traceId, spanId, isSampled }: TraceContext): string =>
  `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** Makes ids; random bytes are drawn in bulk, because a call for each costs more than all else. */
const createIds = () => {
  const pool = Buffer.alloc(4096);
  let used = pool.length;
  return (bytes: number): string => {
    if (used + bytes > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += bytes;
    const id = pool.toString('hex', used - bytes, used);
    return ZEROS.test(id) ? `${id.slice(1)}1` : id;
  };
};

const nextId = createIds();

export const newTraceId = (): string => nextId(TRACE_ID_BYTES);
export const newSpanId = (): string => nextId(SPAN_ID_BYTES);

/** Is a trace within this share of all? The same answer wherever it is asked: all parts of a trace are kept or none. */
export const isWithin = (traceId: string, ratio: number): boolean =>
  Number.parseInt(traceId.slice(-13), 16) < ratio * 0x10_0000_0000_0000;
