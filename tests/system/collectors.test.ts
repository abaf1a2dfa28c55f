import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CollectorsReport } from '../../collectors/supervision.ts';
import { isOn, METRICS, type MetricRow } from '../../core/telemetry/metrics.ts';
import { familyName, wireName } from '../../core/telemetry/wire-name.ts';
import { type FakeSmi, installFakeSmi } from '../fake-nvidia-smi/install.ts';
import { uuidOf } from '../fake-nvidia-smi/state.ts';
import { startOtlpSink } from '../otlp/sink.ts';
import { sample, until } from '../stream.ts';

const ENTRY = fileURLToPath(new URL('../../collectors/main.ts', import.meta.url));

let dir: string;
let smi: FakeSmi;
let child: ChildProcess | undefined;
let reports: CollectorsReport[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-collectors-'));
  smi = installFakeSmi(dir);
  reports = [];
});
afterEach(async () => {
  await stop();
  rmSync(dir, { recursive: true, force: true });
});

const stop = async (): Promise<number | null> => {
  const ending = child;
  child = undefined;
  if (ending === undefined || ending.exitCode !== null) return ending?.exitCode ?? null;
  const exit = new Promise<number | null>((resolve) => ending.once('exit', resolve));
  ending.kill('SIGTERM');
  return exit;
};

const start = (collectors: Record<string, unknown> = {}, more: Record<string, unknown> = {}): void => {
  const config = join(dir, 'clawdbot.yaml');
  const readers = { 'nvidia-smi': { ...smi.options, deadlineMs: 5000 } };
  writeFileSync(config, JSON.stringify({ collectors: { port: 0, options: readers, ...collectors }, ...more }));
  child = fork(ENTRY, ['--data', dir, '--config', config], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.on('message', (message) => reports.push(message as CollectorsReport));
};

const reported = <T extends CollectorsReport['type']>(type: T) =>
  until(
    () => reports.find((report): report is CollectorsReport & { type: T } => report.type === type),
    (found) => found !== undefined,
  );

const scrape = async (accept = 'text/plain'): Promise<string> => {
  const url = (await reported('listening'))?.url ?? '';
  return (await request(url, { headers: { accept } })).body.text();
};

const gpuUp = (page: string) => sample(page, 'clawdbot_plugin_up{plugin="nvidia-smi"}');
const core = `hw_temperature_celsius{hw_id="${uuidOf(0)}",hw_sensor_location="core",hw_type="gpu"}`;

describe.skipIf(process.platform !== 'linux')('the collectors', () => {
  it('serve the GPUs, the machine and themselves, and say what they found', async () => {
    start();
    const page = await until(scrape, (text) => gpuUp(text) === 1);
    expect(sample(page, core)).toBe(52);
    expect(sample(page, 'clawdbot_accelerator_expected{hw_type="gpu"}')).toBe(2);
    expect(sample(page, 'system_memory_limit_bytes')).toBeGreaterThan(0);
    expect(page).toMatch(/^process_memory_usage_bytes\{clawdbot_process="collectors",clawdbot_process_index="0"\} /m);
    expect((await reported('found'))?.text).toMatch(/^2 × NVIDIA H200 \(amd: .*; ascend: .*\)$/);
  });

  it('show nothing that the catalogue does not have on their page', async () => {
    start();
    await until(scrape, (text) => gpuUp(text) === 1);
    const page = await scrape('application/openmetrics-text');
    const documented = Object.values<MetricRow>(METRICS)
      .filter((row) => isOn('collectors', row))
      .map(familyName);
    const shown = [...page.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name ?? '');
    expect(shown.filter((name) => name !== 'target' && !documented.includes(name))).toEqual([]);
    expect(page.endsWith('# EOF\n')).toBe(true);
  });

  it('send what they show and what they log by OTLP, under the names of their page', async () => {
    const sink = await startOtlpSink();
    try {
      const otlp = { endpoint: sink.endpoint, intervalMs: 1000, headers: { authorization: 'Bearer sink' } };
      start({}, { telemetry: { environment: 'test', otlp } });
      const page = await until(scrape, (text) => gpuUp(text) === 1);
      const sent = () => new Set(sink.metrics.map(({ name }) => name));
      await until(sent, (names) => names.has('hw.temperature'));
      await until(
        () => sink.logs.map(({ event }) => event),
        (events) => events.includes('collectors.started'),
      );
      const shown = Object.values<MetricRow>(METRICS).filter((row) => page.includes(`\n# TYPE ${wireName(row)} `));
      // What is counted only from its first time on may be on one of the two already.
      const isSteady = ({ name }: MetricRow) => !/failures|gc\.duration|implausible/.test(name);
      await until(sent, (names) => shown.filter(isSteady).every(({ name }) => names.has(name)));
      expect([...sent()].filter((name) => !Object.values<MetricRow>(METRICS).some((row) => row.name === name))).toEqual(
        [],
      );
      const degrees = sink.metrics.find(({ name }) => name === 'hw.temperature')?.points;
      expect(degrees?.some(({ attributes, value }) => attributes['hw.id'] === uuidOf(0) && value === 52)).toBe(true);
      expect(sink.logs[0]?.resource).toMatchObject({
        'service.name': 'clawdbot-collectors',
        'deployment.environment.name': 'test',
      });
      expect(sink.requests.every(({ headers }) => headers.authorization === 'Bearer sink')).toBe(true);
      expect(await stop()).toBe(0);
    } finally {
      await sink.stop();
    }
  });

  it('send nothing to a place that nobody allowed, and say so', async () => {
    start(
      {},
      { telemetry: { otlp: { endpoint: 'https://far.example:4318', intervalMs: 1000 } }, egress: { implied: false } },
    );
    expect((await reported('egress'))?.note).toEqual({
      ...{ purpose: 'otlp', dataClass: 'metadata', destination: 'far.example:4318', outcome: 'refused' },
    });
    await until(
      scrape,
      (text) => (sample(text, 'clawdbot_otlp_exports_total{outcome="failed",signal="metrics"}') ?? 0) > 0,
    );
    // Lines are written a moment after what they tell of.
    await until(
      async () => readFileSync(join(dir, 'logs', 'collectors', 'app.json'), 'utf8'),
      (log) =>
        log.includes('egress.destination_first_seen') && /egress\.allow names for otlp.*"otlp\.failed"/.test(log),
    );
  });

  it('answer while nvidia-smi hangs, with no old value, and read again when it is well', async () => {
    start();
    await until(scrape, (text) => gpuUp(text) === 1);
    smi.set({ fault: 'hang' });
    const page = await until(scrape, (text) => gpuUp(text) === 0);
    expect(page).not.toContain('hw_temperature_celsius{hw_id="GPU-');
    expect(page).toContain('system_memory_limit_bytes');
    expect(sample(page, 'clawdbot_accelerator_expected{hw_type="gpu"}')).toBe(2);
    smi.heal();
    await until(scrape, (text) => gpuUp(text) === 1);
  });

  it('tell a device that fell off the bus from the one that did not', async () => {
    start();
    await until(scrape, (text) => gpuUp(text) === 1);
    smi.set({ fault: 'lost' });
    const lost = `hw_status{hw_id="${uuidOf(0)}",hw_state="failed",hw_type="gpu"}`;
    const page = await until(scrape, (text) => sample(text, lost) === 1);
    expect(sample(page, `hw_status{hw_id="${uuidOf(1)}",hw_state="ok",hw_type="gpu"}`)).toBe(1);
    expect(gpuUp(page)).toBe(1);
  });

  it('notice a driver that goes', async () => {
    start();
    await until(scrape, (text) => gpuUp(text) === 1);
    smi.driver(undefined);
    const page = await until(scrape, (text) => gpuUp(text) === 0);
    expect(page).toMatch(/clawdbot_plugin_failures_total\{plugin="nvidia-smi",reason="gone"\} [1-9]/);
  });

  it('wait for a port that another program has, and say so once', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    start({ port });
    expect((await reported('notice'))?.text).toContain(`port ${port}`);
    await new Promise((resolve) => other.close(resolve));
    expect((await reported('listening'))?.url).toBe(`http://127.0.0.1:${port}/metrics`);
    expect(reports.filter(({ type }) => type === 'notice')).toHaveLength(1);
  });

  it('end with the exit code of a wrong configuration, and say what is wrong', async () => {
    start({ options: { 'nvidia-smi': { mode: 'tial' } } });
    const exit = new Promise((resolve) => child?.once('exit', resolve));
    expect((await reported('fatal'))?.message).toMatch(/^collectors\.options\.nvidia-smi\.mode: /);
    expect(await exit).toBe(78);
  });

  it('stop when they are told to, and leave no nvidia-smi behind', async () => {
    start();
    await until(scrape, (text) => gpuUp(text) === 1);
    expect(await stop()).toBe(0);
    const isAlive = (pid: number): boolean => {
      try {
        process.kill(pid, 0);
        return true;
      } catch {
        return false;
      }
    };
    await until(
      () => smi.calls().filter(({ pid }) => isAlive(pid)),
      (alive) => alive.length === 0,
    );
  });
});
