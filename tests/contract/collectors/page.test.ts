import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createDoctorReader } from '../../../collectors/doctor/reader.ts';
import { createDrillReader } from '../../../collectors/drills/reader.ts';
import { FakeClock } from '../../../collectors/fake-clock.ts';
import { amdCollector } from '../../../collectors/gpu/amd/plugin.ts';
import { NUMBER_FIELDS, SPECIAL_FIELDS } from '../../../collectors/gpu/nvidia/fields.ts';
import { nvidiaSmiCollector } from '../../../collectors/gpu/nvidia/plugin.ts';
import { HostReader } from '../../../collectors/host/reader.ts';
import { Inventory } from '../../../collectors/inventory.ts';
import { readLogstash } from '../../../collectors/logs/logstash.ts';
import { createLogStageReader } from '../../../collectors/logs/reader.ts';
import { Poll } from '../../../collectors/poll.ts';
import { ProcessReader } from '../../../collectors/process/reader.ts';
import { createScrapeTokenReader } from '../../../collectors/process/scrape-token.ts';
import type { StartProgram } from '../../../collectors/program.ts';
import { publish, type Source } from '../../../collectors/publish.ts';
import { quietLog } from '../../../collectors/quiet-log.ts';
import type { AcceleratorReader, Reader } from '../../../collectors/reader.ts';
import type { Sample } from '../../../collectors/sample.ts';
import { writeDrillRecords } from '../../../core/config/drill-record.ts';
import { isOn, METRICS, type MetricRow } from '../../../core/telemetry/metrics.ts';
import { createTelemetry } from '../../../core/telemetry/telemetry.ts';
import { familyName } from '../../../core/telemetry/wire-name.ts';
import { LOGSTASH_STATS, servePage } from '../../fixtures/collectors/logs/serve.ts';
import { fileTree, kernelTree } from '../../kernel-tree.ts';
import { until } from '../../stream.ts';
import { AMD_CARD, KERNEL } from './machine.ts';

const DIR = mkdtempSync(join(tmpdir(), 'clawdbot-page-'));
const XIDS = join(DIR, 'kmsg');
writeFileSync(XIDS, '');
afterAll(() => rmSync(DIR, { recursive: true, force: true }));

const UUID = 'GPU-00000000-fa5e-0000-0000-000000000000';

const TOKEN = `e30.${Buffer.from('{"iat":1,"exp":2}').toString('base64url')}.`;

const DOCTOR = '{"at":"2026-01-01T00:00:00Z","checks":[{"name":"cores","result":"pass"}]}';

const DRILLS = writeDrillRecords([
  { name: 'gpu-hot', profile: 'fast', outcome: 'passed', at: '2026-01-01T00:00:00Z', detectionMs: 1 },
]);

/** A played nvidia-smi that knows every field and has a value for each. */
const playedSmi: StartProgram = (_command, args, { stdout }) => {
  const fields = args
    .find((arg) => arg.startsWith('--query-gpu='))
    ?.slice('--query-gpu='.length)
    .split(',');
  const words: Record<string, string> = {
    ...{ count: '1', uuid: UUID, 'pci.bus_id': '00000000:10:00.0', driver_version: '590.48.01', name: 'NVIDIA H200' },
    ...{ 'mig.mode.current': 'Enabled', gpu_recovery_action: 'None', 'clocks_event_reasons.active': '0x0' },
    ...{ 'remapped_rows.pending': 'No', 'remapped_rows.failure': 'No' },
  };
  if (fields !== undefined) stdout(`${fields.map((field) => words[field] ?? '1').join(', ')}\n`);
  else if (args.includes('--help-query-gpu')) stdout(HELP);
  else if (args.includes('-L')) stdout(`GPU 0: NVIDIA H200 (UUID: ${UUID})\n  MIG 1g.18gb Device 0: (UUID: MIG-1)\n`);
  else if (args.includes('-gt'))
    stdout(`GPU 0: NVIDIA H200 (UUID: ${UUID})\n\t Link 0: Data Tx: 1 KiB\n\t Link 0: Data Rx: 2 KiB\n`);
  else if (args.includes('nvlink')) stdout(`GPU 0: NVIDIA H200 (UUID: ${UUID})\n\t Link 0: 26.562 GB/s\n`);
  else stdout(`${UUID}, 100, 512\n`);
  return { ended: Promise.resolve({ kind: 'exited', code: 0 }), kill: () => undefined };
};

const HELP = [...NUMBER_FIELDS.map(({ query }) => query), ...Object.values(SPECIAL_FIELDS)]
  .map(([name]) => `"${name}"\n`)
  .join('');

describe('the page of the collectors', () => {
  it('has every metric of the catalogue that is said to be on it, and no other', async () => {
    const clock = new FakeClock();
    const tree = { ...KERNEL };
    const files = kernelTree(tree);
    const processes = new ProcessReader({ ...{ intervalMs: 1000, clock, files }, roots: () => [100] });
    const host = new HostReader({
      ...{ intervalMs: 1000, clock, files, devices: fileTree(tree), platform: 'linux' },
      places: { root: '/', data: '/', models: '/' },
    });
    const context = { intervalMs: 1000, clock, start: playedSmi, owners: processes, log: quietLog } as const;
    const driver = { '/driver': 'yes', '/devices/a': '' };
    const nvidia = await nvidiaSmiCollector.start({
      ...context,
      files: fileTree(driver),
      config: nvidiaSmiCollector.config({
        ...{ mode: 'query', driverFile: '/driver', deviceFolder: '/devices', kernelLog: XIDS },
      }),
    });
    appendFileSync(XIDS, '4,1,2,-;NVRM: Xid (PCI:0000:10:00): 79, pid=1, GPU has fallen off the bus.\n');
    const amd = await amdCollector.start({ ...context, files: fileTree(AMD_CARD), config: amdCollector.config({}) });
    const failing: Reader<readonly Sample[]> = {
      ...{ intervalMs: 1000, deadlineMs: 1000, stop: async () => undefined },
      read: async () => ({ kind: 'failed', reason: 'other', detail: 'no' }),
    };
    const inventory = new Inventory();
    const started: { stop(): Promise<void> }[] = [];
    const plain = (name: string, reader: Reader<readonly Sample[]>): Source => {
      const poll = new Poll({ reader, clock });
      poll.start();
      started.push(poll);
      return { name, poll, samples: () => poll.fresh ?? [] };
    };
    const accelerator = (name: string, reader: AcceleratorReader): Source => {
      const poll = new Poll({ reader, clock, onReading: (devices) => inventory.note(name, devices) });
      poll.start();
      started.push(poll);
      const samples = () => [
        ...(poll.fresh ?? []).flatMap((device) => device.samples),
        ...inventory.describe(name, poll.fresh ?? []),
      ];
      return { name, poll, samples };
    };
    const logstash = await servePage(LOGSTASH_STATS);
    started.push(logstash);
    const common = { intervalMs: 1000, clock };
    const sources = [
      plain('host', host),
      plain('process', processes),
      plain('failing', failing),
      plain('logstash', createLogStageReader({ stage: 'logstash', url: logstash.url, read: readLogstash, ...common })),
      plain(
        'scrape-token',
        createScrapeTokenReader({ intervalMs: 1000, files: fileTree({ token: TOKEN }), file: 'token' }),
      ),
      plain('doctor', createDoctorReader({ intervalMs: 1000, files: fileTree({ doctor: DOCTOR }), file: 'doctor' })),
      plain('drills', createDrillReader({ intervalMs: 1000, files: fileTree({ drills: DRILLS }), file: 'drills' })),
      accelerator('nvidia-smi', nvidia),
      accelerator('amd', amd),
    ];
    const telemetry = createTelemetry({ serviceName: 'test', version: '0', page: 'collectors' });
    telemetry.gauge('logDropped', () => [{ value: 0, labels: { stream: 'app' } }]);
    publish(telemetry, sources, () => inventory.expected());
    // Two readings of everything, and the questions that are asked beside the rows.
    for (let round = 0; round < 6; round += 1) await clock.advance(10_000);
    await new Promise((resolve) => setImmediate(resolve));
    // The space of the file systems is asked of the real one, and Logstash of a real server, in real time.
    await until(
      async () => {
        await clock.advance(1000);
        const shown = sources.flatMap(({ samples }) => samples()).map(({ key }) => key);
        return shown.includes('filesystemUsage') && shown.includes('logsPipelineLag');
      },
      (isThere) => isThere === true,
    );
    tree['/proc/stat'] = 'cpu  900 10 50 2000 5 0 3 2 0 0\n';
    await clock.advance(1000);
    const page = await telemetry.expose('openmetrics');
    const shown = [...page.matchAll(/^# TYPE (\S+) /gm)]
      .map(([, name]) => name ?? '')
      .filter((name) => name !== 'target');
    await Promise.all(started.map((each) => each.stop()));
    await telemetry.stop();
    const documented = Object.values<MetricRow>(METRICS)
      .filter((row) => isOn('collectors', row))
      .map(familyName);
    expect(documented.filter((name) => !shown.includes(name))).toEqual([]);
    expect(shown.filter((name) => !documented.includes(name))).toEqual([]);
    expect(shown).toHaveLength(new Set(shown).size);
    // Every one of them tells something.
    for (const name of documented) expect(page).toMatch(new RegExp(`^${name}(_total)?(\\{.*\\})? `, 'm'));
  });
});
