import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a receiver of telemetry behaves: `down` refuses connections, `slow` takes a request and never answers. */
export type ReceiverMood = 'up' | 'down' | 'slow' | 'failing';

export interface Receiver extends AsyncDisposable {
  readonly endpoint: string;
  /** Exports taken so far, by signal. */
  readonly taken: ReadonlyMap<string, number>;
  be(mood: ReceiverMood): Promise<void>;
}

/** Listens on a free port of loopback, the same one each time it is up. */
export const startReceiver = async (): Promise<Receiver> => {
  const taken = new Map<string, number>();
  let mood: ReceiverMood = 'up';
  const answer: RequestListener = (request, response) => {
    // Counted when all of it is here, as a receiver would.
    request.resume().once('end', () => {
      if (mood === 'slow') return;
      const signal = request.url?.split('/').at(-1) ?? '';
      if (mood === 'up') taken.set(signal, (taken.get(signal) ?? 0) + 1);
      response.writeHead(mood === 'up' ? 200 : 500, { 'content-type': 'application/x-protobuf' }).end();
    });
  };
  let server: Server | undefined = await listen(answer, 0);
  // Safe: it listens on a port.
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = server === undefined ? undefined : once(server, 'close');
    server?.close().closeAllConnections();
    server = undefined;
    await closed;
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    taken,
    async be(next) {
      mood = next;
      if (next === 'down') return close();
      server ??= await listen(answer, port);
    },
    [Symbol.asyncDispose]: close,
  };
};

const listen = async (answer: RequestListener, port: number): Promise<Server> => {
  const server = createServer(answer).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
};
