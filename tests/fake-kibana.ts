import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkKibanaRequest } from './kibana-schema.ts';

export interface FakeKibana {
  readonly url: string;
  readonly about: { version: string; level: string };
  /** What was put, by path. */
  readonly kept: Map<string, Record<string, unknown>>;
  readonly changes: string[];
  /** Every request that Kibana does not know. */
  readonly unknown: string[];
  /** Paths that are refused. */
  readonly refusals: Set<string>;
  stop(): Promise<void>;
}

/** The boundary of Kibana as a client sees it: it wants `kbn-xsrf`, keeps what is put, and answers in its shapes. */
export const startFakeKibana = async (): Promise<FakeKibana> => {
  const about = { version: '9.5.3', level: 'available' };
  const kept = new Map<string, Record<string, unknown>>();
  const changes: string[] = [];
  const unknown: string[] = [];
  const refusals = new Set<string>();

  const answer = (method: string, path: string, body: Record<string, unknown> | undefined): [number, unknown] => {
    unknown.push(...checkKibanaRequest(method, path, body));
    if (path === '/api/status') {
      return [200, { version: { number: about.version }, status: { overall: { level: about.level } } }];
    }
    const place = placeOf(path, body);
    if (method === 'GET') {
      const found = kept.get(place);
      return found === undefined
        ? [404, { statusCode: 404, error: 'Not Found', message: `${place} not found` }]
        : [200, asGiven(place, found)];
    }
    if (refusals.has(place)) return [400, { statusCode: 400, error: 'Bad Request', message: 'refused by the test' }];
    changes.push(`${method} ${place}`);
    if (method === 'DELETE') return [kept.delete(place) ? 200 : 404, {}];
    kept.set(place, body ?? {});
    return [200, {}];
  };

  const server = createServer((request, response) => {
    void request.toArray().then((parts) => {
      const text = parts.join('');
      const { method = 'GET', url = '/', headers } = request;
      const isForged = method !== 'GET' && headers['kbn-xsrf'] === undefined;
      const [status, said] = isForged
        ? [400, { message: 'Request must contain a kbn-xsrf header.' }]
        : answer(method, url, text === '' ? undefined : JSON.parse(text));
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(said));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Safe: a server that listens on a port has the address of one.
  const { port } = server.address() as AddressInfo;
  return {
    ...{ about, kept, changes, unknown, refusals },
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** Where what a request makes is read again. */
const placeOf = (path: string, body: Record<string, unknown> | undefined): string => {
  const [pathname = ''] = path.split('?');
  // Safe: held against the schema by whoever asks.
  const view = body?.data_view as { readonly id?: string } | undefined;
  if (pathname.endsWith('/data_view')) return `${pathname}/${view?.id ?? ''}`;
  return pathname.endsWith('/spaces/space') ? `${pathname}/${String(body?.id)}` : pathname;
};

const asGiven = (place: string, body: Record<string, unknown>): unknown => {
  if (place.includes('/data_view/')) return { data_view: body.data_view };
  if (place.includes('/dashboards/')) return { id: place.split('/').at(-1), data: { options: {}, ...body }, meta: {} };
  return { ...body, updated_at: '2026-11-29T00:00:00Z' };
};
