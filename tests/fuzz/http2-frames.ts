import type { Random } from '../redaction/random.ts';
import { NATIVE, OPEN } from '../security/attack.ts';
import { ask, block, type Field, FLAG, frame, request, settings, TYPE, uint32 } from '../security/frames.ts';

const BODY = Buffer.from('{"prompt":"hello","maxTokens":3}');
const MOST_STREAMS = 6;

/** Frames of a few requests, cut, padded, mixed with others, and damaged in some of their bytes. */
export const drawFrames = (token: string, random: Random): readonly Buffer[] => {
  const frames: Buffer[] = [];
  for (let at = random.int(1, MOST_STREAMS); at > 0; at -= 1) {
    frames.push(...requestFrames(frames.length * 2 + 1, token, random));
    if (random.chance(0.5)) frames.push(oddFrame(random.pick([0, 1, 3, frames.length * 2 + 1]), random));
  }
  const order = random.chance(0.2) ? frames.toSorted(() => random.next() - 0.5) : frames;
  return random.chance(0.4) ? [damage(Buffer.concat(order), random)] : order;
};

const requestFrames = (stream: number, token: string, random: Random): readonly Buffer[] => {
  const hasBody = random.chance(0.5);
  const fields: Field[] = [
    ...(hasBody ? ask('POST', NATIVE) : ask('GET', OPEN)),
    ['authorization', `Bearer ${token}`],
    ...(hasBody ? [['content-type', 'application/json'] as const] : []),
  ];
  for (let turns = random.int(0, 3); turns > 0; turns -= 1) {
    fields.splice(random.int(0, fields.length), random.chance(0.2) ? 1 : 0, random.pick(FIELDS));
  }
  const head = headFrames(stream, block(fields), hasBody ? 0 : FLAG.endStream, random);
  return hasBody ? [...head, ...bodyFrames(stream, random)] : head;
};

const FIELDS: readonly Field[] = [
  ['x', 'y'],
  ['x', ''],
  ['', 'y'],
  ['X-UPPER', 'y'],
  ['x', 'a\0b'],
  ['x', '\xe9\xff'],
  ['x', 'z'.repeat(3000)],
  ['te', 'trailers'],
  ['te', 'gzip'],
  ['cookie', 'a=b'],
  ['cookie', 'c=d'],
  ['host', 'localhost'],
  ['expect', '100-continue'],
  ['content-length', String(BODY.length)],
  ['content-length', '5'],
  ['connection', 'close'],
  [':path', '/docs'],
  [':method', 'DELETE'],
  [':authority', 'localhost:1'],
  [':scheme', 'http'],
  [':protocol', 'websocket'],
  ['__proto__', 'x'],
];

/** A head cut into continuations anywhere, in the middle of a field too. */
const headFrames = (stream: number, bytes: Buffer, flags: number, random: Random): readonly Buffer[] => {
  const cuts = Array.from({ length: random.pick([0, 0, 1, 3]) }, () => random.int(0, bytes.length));
  const edges = [0, ...cuts.toSorted((one, other) => one - other), bytes.length];
  const isLast = (at: number) => at === edges.length - 2;
  return edges.slice(0, -1).map((from, at) => {
    const piece = bytes.subarray(from, edges[at + 1]);
    const end = isLast(at) ? FLAG.endHeaders : 0;
    if (at > 0) return frame(TYPE.continuation, end, stream, piece);
    return random.chance(0.2)
      ? frame(TYPE.headers, flags | end | FLAG.padded, stream, padded(piece, random))
      : frame(TYPE.headers, flags | end, stream, piece);
  });
};

const padded = (bytes: Buffer, random: Random): Buffer => {
  const size = random.int(0, 255);
  return Buffer.concat([Buffer.from([size]), bytes, Buffer.alloc(size)]);
};

const bodyFrames = (stream: number, random: Random): readonly Buffer[] => {
  const cut = random.int(0, BODY.length);
  const first = random.chance(0.3)
    ? frame(TYPE.data, FLAG.padded, stream, padded(BODY.subarray(0, cut), random))
    : frame(TYPE.data, 0, stream, BODY.subarray(0, cut));
  if (random.chance(0.1)) return [first, frame(TYPE.reset, 0, stream, uint32(random.int(0, 20)))];
  const hasTrailers = random.chance(0.3);
  const rest = frame(TYPE.data, hasTrailers ? 0 : FLAG.endStream, stream, BODY.subarray(cut));
  return hasTrailers ? [first, rest, request(stream, [random.pick(FIELDS)])] : [first, rest];
};

const oddFrame = (stream: number, random: Random): Buffer => {
  switch (random.int(0, 7)) {
    case 0:
      return frame(TYPE.ping, random.pick([0, FLAG.ack]), 0, Buffer.alloc(random.pick([8, 8, 7])));
    case 1:
      return settings([random.int(0, 9), random.pick([0, 1, 65_535, 2 ** 24, 2 ** 31])]);
    case 2:
      return frame(TYPE.windowUpdate, 0, stream, uint32(random.pick([0, 1, 1000, 2 ** 31 - 1])));
    case 3:
      return frame(TYPE.priority, 0, stream, Buffer.alloc(random.pick([5, 5, 4])));
    case 4:
      return frame(TYPE.reset, 0, stream, uint32(random.int(0, 20)));
    case 5:
      return frame(TYPE.goaway, 0, 0, Buffer.alloc(8));
    case 6:
      return frame(TYPE.data, 0, stream, Buffer.alloc(random.int(0, 100)));
    default:
      return frame(random.int(10, 255), random.int(0, 255), stream, Buffer.alloc(random.int(0, 50)));
  }
};

const damage = (bytes: Buffer, random: Random): Buffer => {
  const at = random.int(0, bytes.length - 1);
  switch (random.int(0, 3)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    case 2:
      return Buffer.concat([bytes, bytes.subarray(at)]);
    default: {
      const changed = Buffer.from(bytes);
      changed[at] = random.int(0, 255);
      return changed;
    }
  }
};
