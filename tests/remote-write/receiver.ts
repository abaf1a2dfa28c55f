import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { unpackSnappy } from './snappy.ts';

type Labels = Readonly<Record<string, string>>;

export interface WrittenSeries {
  readonly labels: Labels;
  readonly samples: readonly { readonly value: number; readonly timestamp: number }[];
  readonly exemplars: readonly { readonly labels: Labels; readonly value: number }[];
}

/** A store on this machine that takes what a Prometheus writes to it, and reads it. */
export interface RemoteWriteReceiver {
  readonly url: string;
  readonly series: readonly WrittenSeries[];
  readonly headers: readonly IncomingHttpHeaders[];
  /** What could not be read. */
  readonly problems: readonly string[];
  stop(): Promise<void>;
}

const { root } = protobuf.parse(readFileSync(fileURLToPath(new URL('remote.proto', import.meta.url)), 'utf8'));
const WRITE_REQUEST = root.lookupType('prometheus.WriteRequest');

interface Pair {
  readonly name: string;
  readonly value: string;
}
interface Read {
  readonly timeseries: readonly {
    readonly labels: readonly Pair[];
    readonly samples: readonly { readonly value: number; readonly timestamp: number }[];
    readonly exemplars: readonly { readonly labels: readonly Pair[]; readonly value: number }[];
  }[];
}

const labelsOf = (pairs: readonly Pair[]): Labels => Object.fromEntries(pairs.map(({ name, value }) => [name, value]));

const readSeries = (body: Buffer): WrittenSeries[] => {
  const message = WRITE_REQUEST.toObject(WRITE_REQUEST.decode(unpackSnappy(body)), {
    ...{ longs: Number, arrays: true, defaults: true },
  });
  // Safe: the shape is that of the proto file beside this one.
  return (message as Read).timeseries.map(({ labels, samples, exemplars }) => ({
    labels: labelsOf(labels),
    samples,
    exemplars: exemplars.map((one) => ({ labels: labelsOf(one.labels), value: one.value })),
  }));
};

export const startRemoteWriteReceiver = async (): Promise<RemoteWriteReceiver> => {
  const series: WrittenSeries[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const problems: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    headers.push(request.headers);
    try {
      series.push(...readSeries(Buffer.concat(chunks)));
    } catch (error) {
      problems.push(String(error));
    }
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  // Safe: it listens on a port.
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}/api/v1/write`, series, headers, problems },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
