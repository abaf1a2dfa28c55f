import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to whoever asks for any (32768 and up on Linux, 49152 elsewhere): a client that tries a
 * server which is away must not be given the very port that this one comes back to, and often enough it would be.
 */
const LOWEST = 15_000;
const HIGHEST = 32_000;
const TRIES = 100;

/** A port of the loopback that was free a moment ago, and that nobody gets by chance. */
export const freePort = async (): Promise<number> => {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) return port;
  }
  throw new Error(`none of ${TRIES} ports from ${LOWEST} to ${HIGHEST} is free`);
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
