import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { readLogs, readMetrics, readTraces, type SentLog, type SentMetric, type SentSpan } from './decode.ts';

/** What the sink does with the next exports. */
export type Mood = 'takes' | 'fails' | 'hangs' | 'busy';

/** A collector on this machine that reads what it is sent as protobuf, and misbehaves when told. */
export interface OtlpSink {
  readonly endpoint: string;
  readonly spans: readonly SentSpan[];
  readonly logs: readonly SentLog[];
  /** Of the last export. */
  readonly metrics: readonly SentMetric[];
  /** Of all exports, by path. */
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  be(mood: Mood): void;
  /** The spans of one trace, as soon as the one of this name is among them. */
  trace(traceId: string, until: string): Promise<readonly SentSpan[]>;
  stop(): Promise<void>;
}

const STATUS = { takes: 200, fails: 500, busy: 503 } as const;

/** Listens on a free port of loopback. */
export const startOtlpSink = async (port = 0): Promise<OtlpSink> => {
  const spans: SentSpan[] = [];
  const logs: SentLog[] = [];
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  let metrics: readonly SentMetric[] = [];
  let mood: Mood = 'takes';

  const take = (path: string, body: Buffer): void => {
    if (path.endsWith('/v1/traces')) spans.push(...readTraces(body));
    if (path.endsWith('/v1/logs')) logs.push(...readLogs(body));
    if (path.endsWith('/v1/metrics')) metrics = readMetrics(body);
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push({ path: request.url ?? '', headers: request.headers });
    if (mood === 'hangs') return;
    if (mood === 'takes') take(request.url ?? '', Buffer.concat(chunks));
    response.writeHead(STATUS[mood], { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port }, resolve));
  // Safe: it listens on a port.
  const address = server.address() as AddressInfo;

  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    spans,
    logs,
    requests,
    get metrics() {
      return metrics;
    },
    be(next) {
      mood = next;
    },
    async trace(traceId, until) {
      const own = () => spans.filter((span) => span.traceId === traceId);
      await expect.poll(() => own().map(({ name }) => name), { timeout: 20_000 }).toContain(until);
      return own();
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
