import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A provider of SMS on the loopback that keeps what it is given. */
export interface SmsGateway {
  readonly url: string;
  /** What was taken, in the order of its arrival. */
  readonly messages: readonly { readonly to: string; readonly text: string }[];
  /** Requests that were turned away. */
  readonly refused: number;
  /** Answers 503 while it is set. */
  isDown: boolean;
  stop(): Promise<void>;
}

export const startSmsGateway = async (): Promise<SmsGateway> => {
  const messages: { to: string; text: string }[] = [];
  let isDown = false;
  let refused = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (isDown) {
        refused += 1;
        response.writeHead(503).end();
        return;
      }
      messages.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"sent"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // of a server that listens on a port
  return {
    url: `http://127.0.0.1:${port}/send`,
    messages,
    get refused() {
      return refused;
    },
    get isDown() {
      return isDown;
    },
    set isDown(value) {
      isDown = value;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
