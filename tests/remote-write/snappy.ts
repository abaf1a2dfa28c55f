/** Unpacks one block in Snappy's format (no frames), which is what remote write sends. */
export const unpackSnappy = (block: Uint8Array): Buffer => {
  const [length, start] = readVarint(block);
  const out = Buffer.alloc(length);
  let from = start;
  let to = 0;
  const little = (bytes: number): number => {
    let value = 0;
    for (let at = 0; at < bytes; at += 1) value += byteAt(block, from + at) * 2 ** (8 * at);
    from += bytes;
    return value;
  };
  const copy = (count: number, offset: number): void => {
    if (offset === 0 || offset > to) throw new RangeError(`snappy: offset ${offset} at ${to}`);
    // Byte by byte: what is copied may overlap with where it goes.
    for (let at = 0; at < count; at += 1, to += 1) out[to] = byteAt(out, to - offset);
  };
  while (from < block.length) {
    const tag = byteAt(block, from);
    from += 1;
    const high = tag >> 2;
    const kind = tag & 3;
    if (kind === 0) {
      const count = (high < 60 ? high : little(high - 59)) + 1;
      if (from + count > block.length || to + count > length) throw new RangeError('snappy: a literal is too long');
      out.set(block.subarray(from, from + count), to);
      from += count;
      to += count;
    } else if (kind === 1) copy((high & 7) + 4, (high >> 3) * 256 + little(1));
    else copy(high + 1, little(kind === 2 ? 2 : 4));
  }
  if (to !== length) throw new RangeError(`snappy: expected ${length} bytes, got ${to}`);
  return out;
};

const byteAt = (bytes: Uint8Array, at: number): number => {
  const byte = bytes[at];
  if (byte === undefined) throw new RangeError(`snappy: nothing at ${at}`);
  return byte;
};

const readVarint = (bytes: Uint8Array): [value: number, next: number] => {
  let value = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = byteAt(bytes, at);
    value += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return [value, at + 1];
  }
  throw new RangeError('snappy: the length has no end');
};
