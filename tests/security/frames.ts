/** HTTP/2 frames as bytes, right or wrong: nothing here checks what a client library would refuse to send. */

export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** One frame. */
export const frame = (type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};

export const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

/** SETTINGS with these entries. */
export const settings = (...entries: readonly (readonly [id: number, value: number])[]): Buffer => {
  const payload = Buffer.concat(
    entries.map(([id, value]) => Buffer.concat([Buffer.from([id >> 8, id & 255]), uint32(value)])),
  );
  return frame(TYPE.settings, 0, 0, payload);
};

export type Field = readonly [name: string, value: string];

/** Header fields, each a literal that enters no table. */
export const block = (fields: readonly Field[]): Buffer =>
  Buffer.concat(fields.map(([name, value]) => Buffer.concat([Buffer.from([0]), text(name), text(value)])));

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([length(bytes.length), bytes]);
};

// HPACK's integer with a 7-bit prefix.
const length = (value: number): Buffer => {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
};

/** The pseudo fields of a good request. */
export const ask = (method: string, path: string): readonly Field[] => [
  [':method', method],
  [':scheme', 'https'],
  [':authority', 'localhost'],
  [':path', path],
];

/** A request without a body. */
export const request = (
  stream: number,
  fields: readonly Field[],
  flags: number = FLAG.endHeaders | FLAG.endStream,
): Buffer => frame(TYPE.headers, flags, stream, block(fields));

export const repeat = (count: number, make: (index: number) => Buffer): readonly Buffer[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** The status in the header block of a first answer. */
export const statusIn = (given: Buffer): number | undefined => {
  const payload = afterTableSizes(given);
  const first = payload[0] ?? 0;
  const indexed = [200, 204, 206, 304, 400, 404, 500][first - 0x88];
  if (indexed !== undefined) return indexed;
  const size = payload[1] ?? 0;
  const value = payload.subarray(2, 2 + (size & 127));
  return Number((size & 128) === 0 ? value.toString('latin1') : digitsOf(value));
};

// A client that changed its table size is told first that this was heard.
const afterTableSizes = (block: Buffer): Buffer => {
  let at = 0;
  while (((block[at] ?? 0) & 0xe0) === 0x20) {
    const isShort = ((block[at] ?? 0) & 0x1f) < 0x1f;
    at += 1;
    if (isShort) continue;
    while (((block[at] ?? 0) & 0x80) !== 0) at += 1;
    at += 1;
  }
  return block.subarray(at);
};

// The part of HPACK's Huffman code that statuses need: 0 to 2 have five bits, 3 to 9 six.
const digitsOf = (value: Buffer): string => {
  const bits = [...value].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let digits = '';
  for (let at = 0; at + 5 <= bits.length && digits.length < 3; ) {
    const short = Number.parseInt(bits.slice(at, at + 5), 2);
    if (short <= 2) {
      digits += short;
      at += 5;
    } else {
      digits += Number.parseInt(bits.slice(at, at + 6), 2) - 0x19 + 3;
      at += 6;
    }
  }
  return digits;
};
