import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Front {
  readonly url: string;
  stop(): Promise<void>;
}

const LICENCE = {
  license: {
    ...{ status: 'active', uid: '0', type: 'basic', issue_date_in_millis: 0, max_nodes: 1000 },
    ...{ issued_to: 'tests', issuer: 'elasticsearch' },
  },
};
/** How Elastic's clients of one version name JSON; the store knows only the plain names. */
const VENDOR = /application\/vnd\.elasticsearch\+(x-ndjson|json);\s*compatible-with=\d+/g;

/** Stands before an OpenSearch and lets clients of Elastic talk to it; everything else passes unchanged. */
export const startFront = async (store: string, options: { claims: string; port: number }): Promise<Front> => {
  const server = createServer((asked, answer) => {
    const path = (asked.url ?? '/').split('?')[0];
    if (path === '/_license') return say(answer, LICENCE);
    pass(store, asked, answer, path === '/' && asked.method === 'GET' ? options.claims : undefined);
  });
  await new Promise<void>((resolve) => server.listen(options.port, '127.0.0.1', resolve));
  // Safe: it listens on a port, not on a socket file.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
};

const pass = (store: string, asked: IncomingMessage, answer: ServerResponse, claims: string | undefined): void => {
  const headers = { ...asked.headers, host: new URL(store).host };
  for (const name of ['accept', 'content-type'] as const) {
    const value = headers[name];
    if (value !== undefined) headers[name] = value.replace(VENDOR, 'application/$1');
  }
  // An answer that is edited must arrive plain.
  if (claims !== undefined) delete headers['accept-encoding'];
  const onward = request(new URL(asked.url ?? '/', store), { method: asked.method ?? 'GET', headers }, (said) => {
    if (claims !== undefined) return void edit(said, answer, claims);
    answer.writeHead(said.statusCode ?? 502, { ...said.headers, 'x-elastic-product': 'Elasticsearch' });
    said.pipe(answer);
  });
  onward.on('error', (error) => {
    if (!answer.headersSent) answer.writeHead(502);
    answer.end(String(error));
  });
  asked.pipe(onward);
};

/** The version block of `/`, without the word that says whose it really is. */
const edit = async (said: IncomingMessage, answer: ServerResponse, claims: string): Promise<void> => {
  const parts: Buffer[] = [];
  for await (const part of said) parts.push(part);
  const { version, ...rest } = JSON.parse(Buffer.concat(parts).toString());
  const { distribution: _, ...known } = version;
  say(answer, { ...rest, version: { ...known, number: claims, build_flavor: 'default' }, tagline: TAGLINE });
};

const TAGLINE = 'You Know, for Search';

const say = (answer: ServerResponse, body: unknown): void => {
  answer.writeHead(200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
  answer.end(JSON.stringify(body));
};
