import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataPaths } from '../../../core/config/paths.ts';
import { configSchema } from '../../../core/config/schema.ts';
import { makeTlsFiles } from '../../../tests/tls-files.ts';
import { createGatewayView } from './gateway-view.ts';
import { createMeasure } from './measure.ts';

let dir: string;
let servers: Server[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-views-'));
  servers = [];
  for (const folder of ['run', 'actions']) mkdirSync(join(dir, folder));
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(dir, { recursive: true, force: true });
});

const listen = async (server: Server): Promise<number> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port; // of a server that listens on a port
};

/** A gateway with the local CA that answers as `answer` does. */
const startGateway = async (answer: RequestListener, tls: object = {}) => {
  const { certFile, keyFile } = await makeTlsFiles(dir);
  const port = await listen(createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, answer));
  writeFileSync(join(dir, 'run', 'gateway.json'), JSON.stringify({ url: `https://127.0.0.1:${port}` }));
  return createGatewayView({ config: configSchema.parse({ server: { tls } }), paths: dataPaths(dir) });
};

describe('the gateway from outside', () => {
  it('is asked with the token that is in the file just then', async () => {
    const gateway = await startGateway((request, response) => {
      response.writeHead(request.method === 'PUT' ? 200 : 404, { 'content-type': 'application/json' });
      request.on('data', (body) => response.end(`{"got":${body},"token":"${request.headers.authorization}"}`));
    });
    for (const token of ['one', 'two']) {
      writeFileSync(join(dir, 'actions', 'gateway-token'), `${token}\n`);
      const answer = await gateway.ask('PUT', '/api/v1/admin/replicas', { model: 'm', replicas: 2 });
      expect(answer).toEqual({ status: 200, body: { got: { model: 'm', replicas: 2 }, token: `Bearer ${token}` } });
    }
  });

  it('is ready, not ready, or cannot be reached', async () => {
    let status = 200;
    const gateway = await startGateway((_request, response) => response.writeHead(status).end('{}'));
    const probe = () => gateway.probe(AbortSignal.timeout(60_000));
    expect(await probe()).toBe('ready');
    status = 503;
    expect(await probe()).toBe('not_ready');
    for (const server of servers) server.close();
    expect(await probe()).toBe('unreachable');
    rmSync(join(dir, 'run', 'gateway.json'));
    expect(await probe()).toBe('unreachable');
    await expect(gateway.ask('GET', '/api/v1/health')).rejects.toThrow('no gateway runs on this data folder');
  });

  it('is known by the certificate of the operator, whatever name that is for, and by no other', async () => {
    const { certFile } = await makeTlsFiles(dir);
    const answer: RequestListener = (_request, response) => response.end('{}');
    const tls = { cert: certFile, key: join(dir, 'tls', 'none.key') };
    expect(await (await startGateway(answer, tls)).probe(AbortSignal.timeout(60_000))).toBe('ready');
    const other = mkdtempSync(join(dir, 'other-'));
    const { certFile: foreign } = await makeTlsFiles(other);
    const stranger = await startGateway(answer, { ...tls, cert: foreign });
    expect(await stranger.probe(AbortSignal.timeout(60_000))).toBe('unreachable');
  });
});

describe('a measurement', () => {
  /** A Prometheus that answers each query from a table. */
  const startPrometheus = async (results: Readonly<Record<string, unknown>>) => {
    const port = await listen(
      createServer((request, response) => {
        const query = new URL(request.url ?? '', 'http://p').searchParams.get('query') ?? '';
        const found = results[query];
        if (found === undefined) return void response.writeHead(400).end('{"status":"error"}');
        response.end(JSON.stringify({ status: 'success', data: found }));
      }),
    );
    writeFileSync(join(dir, 'run', 'prometheus.json'), JSON.stringify({ url: `http://127.0.0.1:${port}` }));
    return createMeasure({ url: undefined, runDir: join(dir, 'run') });
  };
  const vector = (...values: readonly (readonly [number, string])[]) => ({
    ...{ resultType: 'vector', result: values.map((value) => ({ metric: {}, value })) },
  });

  it('has the age of its sample by the clock of Prometheus', async () => {
    const measure = await startPrometheus({ up: vector([1000, '0.25']), 'timestamp(up)': vector([1000, '987.5']) });
    expect(await measure('up')).toEqual({ value: 0.25, ageMs: 12_500 });
  });

  it('is absent where there is no series, and what it is where that is no number', async () => {
    const measure = await startPrometheus({
      ...{ none: vector(), 'timestamp(none)': vector(), nan: vector([1, 'NaN']), inf: vector([1, '+Inf']) },
      scalar: { resultType: 'scalar', result: [1, '3'] },
    });
    expect(await measure('none')).toBeUndefined();
    expect(await measure('nan')).toEqual({ value: Number.NaN, ageMs: 0 });
    expect(await measure('inf')).toEqual({ value: Number.POSITIVE_INFINITY, ageMs: 0 });
    expect(await measure('scalar')).toEqual({ value: 3, ageMs: 0 });
  });

  it('fails where Prometheus does not answer or is not there', async () => {
    const measure = await startPrometheus({});
    await expect(measure('up')).rejects.toThrow('Prometheus: 400');
    rmSync(join(dir, 'run', 'prometheus.json'));
    await expect(measure('up')).rejects.toThrow('actions.prometheusUrl');
  });
});
