import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';

export interface Door {
  readonly port: number;
  readonly ca: string;
}

export interface Http1Reply {
  readonly text: string;
  readonly statuses: readonly number[];
  readonly isClosed: boolean;
}

/** A connection as a hostile client has it: no parser between it and the bytes. */
export const dial = async ({ port, ca }: Door, protocol: 'http/1.1' | 'h2' = 'http/1.1'): Promise<TLSSocket> => {
  const socket = connect({ port, host: '127.0.0.1', ca, servername: 'localhost', ALPNProtocols: [protocol] });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
};

/** Silence after the last byte of an answer that means there will be no other. */
const QUIET_MS = 80;
const LONGEST_MS = 15_000;

/** Sends bytes and collects what comes back until the server hangs up or has nothing more to say. */
export const sendBytes = async (door: Door, writes: readonly string[], untilClosed = false): Promise<Http1Reply> => {
  const socket = await dial(door);
  let text = '';
  let isClosed = false;
  const done = Promise.withResolvers<void>();
  const limit = setTimeout(done.resolve, LONGEST_MS);
  let quiet: NodeJS.Timeout | undefined;
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    clearTimeout(quiet);
    if (!untilClosed && isWhole(text)) quiet = setTimeout(done.resolve, QUIET_MS);
  });
  socket.once('close', () => {
    isClosed = true;
    done.resolve();
  });
  for (const bytes of writes) {
    if (!socket.writable) break;
    await new Promise<void>((resolve) => void socket.write(Buffer.from(bytes, 'latin1'), () => resolve()));
  }
  await done.promise;
  clearTimeout(limit);
  clearTimeout(quiet);
  socket.destroy();
  return { text, statuses: statusesIn(text), isClosed };
};

// `100 Continue` is an invitation, not an answer.
const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)).filter((status) => status !== 100);

const isWhole = (text: string): boolean => {
  const last = text.slice(text.lastIndexOf('HTTP/1.1 '));
  const end = last.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /content-length: (\d+)/i.exec(last)?.[1];
  if (length !== undefined) return Buffer.byteLength(last.slice(end + 4), 'latin1') >= Number(length);
  return !/transfer-encoding: chunked/i.test(last) || last.endsWith('0\r\n\r\n');
};
