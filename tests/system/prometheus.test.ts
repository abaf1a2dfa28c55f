import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { debianProgram, missingProgram } from '../debian/programs.ts';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { type OtlpSink, startOtlpSink } from '../otlp/sink.ts';

const prometheus = debianProgram('prometheus');
const TRACE = 'c'.repeat(32);

let sink: OtlpSink;
let gateway: TestGateway;
beforeAll(async () => {
  sink = await startOtlpSink();
  const telemetry = { otlp: { endpoint: sink.endpoint } };
  gateway = await startGateway({ config: { models: [scriptedModel({ reply: 'echo' })], telemetry } });
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  await sink.stop();
});

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

/** A real Prometheus that scrapes the gateway every second. */
const startPrometheus = async (program: string, dir: string) => {
  const port = await freePort();
  writeFileSync(join(dir, 'token'), await gateway.token('metrics'));
  const { host } = new URL(gateway.url);
  const job = {
    job_name: 'clawdbot',
    scheme: 'https',
    metrics_path: '/api/v1/metrics',
    authorization: { credentials_file: join(dir, 'token') },
    tls_config: { ca_file: gateway.caFile },
    static_configs: [{ targets: [host] }],
  };
  writeFileSync(join(dir, 'prometheus.yml'), stringify({ global: { scrape_interval: '1s' }, scrape_configs: [job] }));
  const child: ChildProcess = spawn(
    program,
    [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
    ],
    { stdio: 'ignore' },
  );
  const exited = new Promise((resolve) => child.once('exit', resolve));
  return {
    async query(path: string): Promise<string> {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
      return answer === undefined ? '' : answer.text();
    },
    async stop() {
      child.kill();
      await exited;
    },
  };
};

test('a real Prometheus scrapes the service and leads from a latency to the trace of a request', async (context) => {
  if (prometheus === undefined) return context.skip(missingProgram('prometheus'));
  const dir = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const server = await startPrometheus(prometheus, dir);
  try {
    const asked = { model: 'scripted', messages: [{ role: 'user', content: 'hi' }] };
    const headers = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` };
    expect((await gateway.send('POST', '/v1/chat/completions', asked, headers)).status).toBe(200);
    const wait = { timeout: 60_000, interval: 500 };
    await expect.poll(() => server.query('/api/v1/query?query=up'), wait).toMatch(/"value":\[[^\]]*,"1"\]/);
    const name = 'gen_ai_server_request_duration_seconds_bucket';
    const span = () => `start=${Math.floor(Date.now() / 1000) - 600}&end=${Math.ceil(Date.now() / 1000) + 60}`;
    await expect.poll(() => server.query(`/api/v1/query_exemplars?query=${name}&${span()}`), wait).toContain(TRACE);
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}, 180_000);
