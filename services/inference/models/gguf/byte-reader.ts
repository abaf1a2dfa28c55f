import type { FileHandle } from 'node:fs/promises';
import { fileError } from './file-error.ts';

const WINDOW_BYTES = 256 * 1024;

/** Reads little-endian values in file order through one small window; what is skipped is never held. */
export interface ByteReader {
  /** Offset in the file of the next byte. */
  position(): number;
  /** Makes the next `bytes` available to the readers below, or fails where the file or the header limit ends. */
  fill(bytes: number): Promise<void>;
  /** Whether `bytes` can be read now without waiting; string tables are walked without one promise per entry. */
  has(bytes: number): boolean;
  /** Moves on; fails when that leaves the file. */
  skip(bytes: number): void;
  bytes(length: number): Buffer;
  u8(): number;
  i8(): number;
  u16(): number;
  i16(): number;
  u32(): number;
  i32(): number;
  f32(): number;
  f64(): number;
  /** A 64-bit count or offset; fails where JavaScript would round it. */
  u64(): number;
  i64(): number;
}

interface Limits {
  readonly file: string;
  readonly fileBytes: number;
  /** The header may not reach further than this. */
  readonly maxBytes: number;
}

/** A reader over an open file, from its first byte. */
export const createByteReader = (handle: FileHandle, { file, fileBytes, maxBytes }: Limits): ByteReader => {
  const end = Math.min(fileBytes, maxBytes);
  let window: Buffer = Buffer.alloc(0);
  let windowStart = 0;
  let cursor = 0;

  const leaveFile = (bytes: number) =>
    fileError(
      file,
      `${bytes} more bytes of header at offset ${windowStart + cursor}`,
      end < fileBytes ? `a header longer than ${maxBytes} bytes` : `the end of the file at ${fileBytes} (truncated)`,
    );

  const readInto = async (length: number): Promise<Buffer> => {
    const start = windowStart + cursor;
    const buffer = Buffer.allocUnsafe(Math.min(Math.max(length, WINDOW_BYTES), end - start));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, start + filled);
      if (bytesRead === 0) throw leaveFile(length);
      filled += bytesRead;
    }
    windowStart = start;
    cursor = 0;
    return buffer;
  };

  const take = (bytes: number): number => {
    const at = cursor;
    if (at + bytes > window.length) throw new TypeError('read without fill');
    cursor += bytes;
    return at;
  };

  const safe = (value: bigint): number => {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw fileError(file, 'a 64-bit number below 2^53', `${value}`);
  };

  return {
    position: () => windowStart + cursor,
    has: (bytes) => cursor + bytes <= window.length,
    async fill(bytes) {
      if (cursor + bytes <= window.length) return;
      if (windowStart + cursor + bytes > end) throw leaveFile(bytes);
      window = await readInto(bytes);
    },
    skip(bytes) {
      if (windowStart + cursor + bytes > end) throw leaveFile(bytes);
      cursor += bytes;
    },
    bytes: (length) => window.subarray(take(length), cursor),
    u8: () => window.readUInt8(take(1)),
    i8: () => window.readInt8(take(1)),
    u16: () => window.readUInt16LE(take(2)),
    i16: () => window.readInt16LE(take(2)),
    u32: () => window.readUInt32LE(take(4)),
    i32: () => window.readInt32LE(take(4)),
    f32: () => window.readFloatLE(take(4)),
    f64: () => window.readDoubleLE(take(8)),
    u64: () => safe(window.readBigUInt64LE(take(8))),
    i64: () => safe(window.readBigInt64LE(take(8))),
  };
};
