import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a Filebeat says of itself, over a store that can be taken away from it. */
export interface Shipper {
  /** Where it tells it, on the loopback. */
  readonly port: number;
  /** While it is set, nothing that it reads gets anywhere. */
  isStoreDown: boolean;
  stop(): Promise<void>;
}

const LINES_PER_SECOND = 5;

/** The page `/stats` alone: whether lines are late is told from that. */
export const startShipper = async (): Promise<Shipper> => {
  const startedAt = Date.now();
  let isStoreDown = false;
  let acked = 0;
  let failed = 0;
  const server = createServer((_request, response) => {
    const published = Math.floor(((Date.now() - startedAt) / 1000) * LINES_PER_SECOND);
    if (isStoreDown) failed += 1;
    else acked = published;
    const events = { acked, active: 0, dropped: 0, duplicates: 0, failed };
    const pipeline = { events: { published, retry: failed }, queue: {} };
    const answer = { beat: { info: { ephemeral_id: 'drill' } }, libbeat: { output: { events }, pipeline } };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // of a server that listens on a port
  return {
    port,
    get isStoreDown() {
      return isStoreDown;
    },
    set isStoreDown(value) {
      isStoreDown = value;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
