import { type ClientHttp2Session, constants } from 'node:http2';
import type { TestGateway } from '../gateway.ts';
import type { Random } from '../redaction/random.ts';
import { exchange, type Manner, openSession } from './http2-session.ts';
import type { Ledger, Outcome } from './ledger.ts';
import type { Plan } from './plan.ts';

interface Parts {
  readonly gateway: TestGateway;
  readonly ledger: Ledger;
  /** Draws a request that changes nothing others are judged by. */
  readonly draw: (random: Random) => Plan;
}

const MOST_STREAMS = 16;
/** Under what a head may hold, so that one request never ends the session of the others. */
const MOST_HEAD_BYTES = 8000;
const MOST_HEADERS = 60;
const PING_BYTES = 8;

/** One session: several streams at once, some reset at a random moment, pings and settings between them. */
export const tellSession = async ({ gateway, ledger, draw }: Parts, turn: number, random: Random): Promise<number> => {
  const session = await openSession(gateway, {
    initialWindowSize: random.pick([100, 1000, 65_535, 2 ** 20]),
    headerTableSize: random.pick([0, 64, 4096, 65_536]),
  });
  const plans = Array.from({ length: random.int(1, MOST_STREAMS) }, () => draw(random)).filter(fitsHead);
  const outcomes: Promise<Outcome>[] = [];
  for (const plan of plans) {
    outcomes.push(exchange(session, plan, mannerOf(plan, random)));
    if (random.chance(0.2)) disturb(session, random);
  }
  for (const [at, outcome] of (await Promise.all(outcomes)).entries()) {
    const plan = plans[at];
    if (plan === undefined || ('broken' in outcome && isExpected(plan, outcome.broken))) ledger.count('unsent');
    else ledger.enter(turn, plan, outcome);
  }
  end(session, random);
  return plans.length;
};

const fitsHead = ({ headers, path }: Plan): boolean =>
  JSON.stringify(headers).length + path.length < MOST_HEAD_BYTES && Object.keys(headers).length < MOST_HEADERS;

/** `te` may only say `trailers` in HTTP/2: nghttp2 resets such a stream before anybody sees it. */
const isExpected = ({ headers }: Plan, broken: string): boolean =>
  broken === 'unsent' || (headers.te !== undefined && broken === `reset ${constants.NGHTTP2_PROTOCOL_ERROR}`);

const CODES = [
  constants.NGHTTP2_NO_ERROR,
  constants.NGHTTP2_CANCEL,
  constants.NGHTTP2_REFUSED_STREAM,
  constants.NGHTTP2_INTERNAL_ERROR,
  constants.NGHTTP2_ENHANCE_YOUR_CALM,
];

const TRAILERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'x-checksum': 'a' },
  { 'x-large': 'x'.repeat(4000) },
  { authorization: 'Bearer evil' },
  { 'content-type': 'text/plain', 'idempotency-key': 'late' },
  { constructor: 'x' },
];

const mannerOf = ({ body }: Plan, random: Random): Manner => ({
  pieces: body === undefined ? [] : piecesOf(body, random),
  code: random.pick(CODES),
  ...(random.chance(0.25) ? { leaveAt: random.int(0, 6) } : {}),
  ...(body !== undefined && random.chance(0.1) ? { trailers: random.pick(TRAILERS) } : {}),
});

const piecesOf = (body: Buffer, random: Random): Buffer[] => {
  const pieces: Buffer[] = [];
  const most = random.pick([1, 5]);
  for (let at = 0; at < body.length; ) {
    const size = pieces.length === most ? body.length - at : random.int(1, body.length - at);
    pieces.push(body.subarray(at, at + size));
    at += size;
  }
  return pieces;
};

const disturb = (session: ClientHttp2Session, random: Random): void => {
  if (session.closed || session.destroyed) return;
  if (random.chance(0.5)) session.ping(Buffer.alloc(PING_BYTES, random.int(0, 255)), () => undefined);
  else session.settings({ initialWindowSize: random.pick([100, 65_535, 2 ** 20]), enablePush: false });
};

const end = (session: ClientHttp2Session, random: Random): void => {
  if (session.destroyed) return;
  if (random.chance(0.3)) session.goaway(random.pick(CODES));
  if (random.chance(0.5)) session.close();
  else session.destroy();
};
