import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { TestGateway } from '../gateway.ts';
import { HANG_MS } from './client.ts';
import type { Outcome } from './ledger.ts';
import type { Plan } from './plan.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** How a request is sent. */
export interface Manner {
  /** The body, one write each. */
  readonly pieces: readonly Buffer[];
  readonly trailers?: Readonly<Record<string, string>>;
  /** Resets the stream at this moment: what is sent and what comes back is counted. Absent: never. */
  readonly leaveAt?: number;
  /** Of that reset. */
  readonly code: number;
}

/** An HTTP/2 connection of the fuzzer. */
export const openSession = async (
  { url, ca }: TestGateway,
  settings: { readonly initialWindowSize: number; readonly headerTableSize: number },
): Promise<ClientHttp2Session> => {
  const session = connect(url, { ca, settings });
  // Its streams tell what became of them.
  session.on('error', () => undefined);
  await Promise.race([once(session, 'connect'), once(session, 'close')]);
  return session;
};

/** One request on a session; failures are results, because they are what is looked for. */
export const exchange = (session: ClientHttp2Session, plan: Plan, manner: Manner): Promise<Outcome> => {
  if (session.closed || session.destroyed) return Promise.resolve({ broken: 'the session ended' });
  const stream = begin(session, plan, manner);
  return stream === undefined ? Promise.resolve({ broken: 'unsent' }) : follow(stream, manner);
};

// The client refuses some header sets itself; those are sent as frames elsewhere.
const begin = (session: ClientHttp2Session, plan: Plan, manner: Manner): ClientHttp2Stream | undefined => {
  try {
    return session.request(
      { ...plan.headers, ':method': plan.method, ':path': plan.path },
      {
        endStream: manner.pieces.length === 0 && manner.trailers === undefined,
        waitForTrailers: manner.trailers !== undefined,
      },
    );
  } catch {
    return undefined;
  }
};

const follow = (stream: ClientHttp2Stream, { pieces, trailers, leaveAt, code }: Manner): Promise<Outcome> =>
  new Promise((resolve) => {
    let [moments, broken] = [0, ''];
    const received: Buffer[] = [];
    let head: Headers | undefined;
    const note = (): void => {
      if (moments++ !== leaveAt) return;
      broken = 'left';
      stream.close(code);
    };
    stream.on('response', (headers) => {
      head = headers;
      note();
    });
    stream.on('data', (piece: Buffer) => {
      received.push(piece);
      note();
    });
    stream.on('wantTrailers', () => sendTrailers(stream, trailers ?? {}));
    stream.on('error', () => undefined);
    stream.setTimeout(HANG_MS, () => {
      broken = 'a hang';
      stream.destroy();
    });
    const finish = (): void => {
      const body = Buffer.concat(received);
      if (broken === '') broken = breachOf(stream, head, body.length);
      if (broken !== '') resolve({ broken });
      else resolve({ status: Number(head?.[':status']), headers: head ?? {}, text: body.toString() });
    };
    // Node never closes a stream that was reset without error while some of its body still waits to be sent.
    stream.once('end', () => setImmediate(finish));
    stream.once('close', finish);
    note();
    for (const piece of pieces) {
      if (!stream.writable) break;
      stream.write(piece);
      note();
    }
    stream.end();
  });

/** How a stream ended that did not bring a whole answer; empty: it did. */
const breachOf = (stream: ClientHttp2Stream, head: Headers | undefined, receivedBytes: number): string => {
  const { rstCode, sentHeaders } = stream;
  if (head === undefined || rstCode === constants.NGHTTP2_INTERNAL_ERROR) return `reset ${rstCode}`;
  const announced = head['content-length'];
  if (announced === undefined || sentHeaders?.[':method'] === 'HEAD' || Number(announced) === receivedBytes) return '';
  return `cut after ${receivedBytes} of ${announced} bytes, reset ${rstCode}`;
};

const sendTrailers = (stream: ClientHttp2Stream, trailers: Readonly<Record<string, string>>): void => {
  try {
    stream.sendTrailers({ ...trailers });
  } catch {
    stream.close(constants.NGHTTP2_CANCEL);
  }
};
