import { createServer } from 'node:net';

const HOST = '127.0.0.1';
const RETRY_MS = 5000;

interface Options {
  readonly port: number | 'auto';
  /** What `auto` tries, in this order. */
  readonly autoPorts: readonly number[];
  /** Told once while every port that may be used belongs to another program. */
  readonly onTaken: (port: number) => void;
  readonly signal: AbortSignal;
}

/** An address on the loopback that nobody has; undefined when the signal came first. */
export const freeAddress = async ({ port, autoPorts, onTaken, signal }: Options): Promise<string | undefined> => {
  const ports = port === 'auto' ? autoPorts : [port];
  for (let isTold = false; !signal.aborted; isTold = true) {
    for (const each of ports) {
      const free = await tryPort(each);
      if (free !== undefined) return `${HOST}:${free}`;
    }
    if (!isTold) onTaken(ports.at(-1) ?? 0);
    await waitFor(RETRY_MS, signal);
  }
  return undefined;
};

const tryPort = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });

const waitFor = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
