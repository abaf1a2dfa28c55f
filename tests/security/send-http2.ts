import type { Http2Outcome } from './attack.ts';
import { FLAG, frame, PREFACE, settings, statusIn, TYPE } from './frames.ts';
import { type Door, dial } from './send-http1.ts';

const LONGEST_MS = 10_000;
const AFTER_MARK_MS = 300;
const BATCH_BYTES = 1 << 20;

/** Sends a preface and frames; resolves with the first thing that ends the attack, or `survived` when a PING comes back. */
export const sendFrames = async (door: Door, frames: readonly Buffer[]): Promise<Http2Outcome> => {
  const socket = await dial(door, 'h2');
  const outcome = Promise.withResolvers<Http2Outcome>();
  const limit = setTimeout(() => outcome.resolve('survived'), LONGEST_MS);
  let buffered = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    for (let next = take(buffered); next !== undefined; next = take(buffered)) {
      buffered = next.rest;
      const seen = meaningOf(next);
      if (seen !== undefined) outcome.resolve(seen);
      // An answer to what came before may still be under way.
      if (isMark(next)) setTimeout(outcome.resolve, AFTER_MARK_MS, 'survived');
    }
  });
  socket.once('close', () => outcome.resolve('ended'));
  const bytes = Buffer.concat([PREFACE, settings(), ...frames, MARKER]);
  for (let at = 0; at < bytes.length && socket.writable; at += BATCH_BYTES) {
    const batch = bytes.subarray(at, at + BATCH_BYTES);
    await Promise.race([new Promise((resolve) => socket.write(batch, resolve)), outcome.promise]);
  }
  const result = await outcome.promise;
  clearTimeout(limit);
  socket.destroy();
  return result;
};

const MARK = Buffer.from('survived');
const MARKER = frame(TYPE.ping, 0, 0, MARK);

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly payload: Buffer;
  readonly rest: Buffer<ArrayBuffer>;
}

const take = (bytes: Buffer<ArrayBuffer>): Frame | undefined => {
  if (bytes.length < 9) return undefined;
  const end = 9 + bytes.readUIntBE(0, 3);
  if (bytes.length < end) return undefined;
  return { type: bytes[3] ?? 0, flags: bytes[4] ?? 0, payload: bytes.subarray(9, end), rest: bytes.subarray(end) };
};

const meaningOf = ({ type, payload }: Frame): Http2Outcome | undefined => {
  if (type === TYPE.headers) return statusIn(payload);
  if (type === TYPE.reset) return 'reset';
  if (type === TYPE.goaway) return 'ended';
  return undefined;
};

const isMark = ({ type, flags, payload }: Frame): boolean =>
  type === TYPE.ping && (flags & FLAG.ack) !== 0 && payload.equals(MARK);
