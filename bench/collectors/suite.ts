import { execFileSync, fork } from 'node:child_process';
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { systemClock } from '../../collectors/clock.ts';
import { systemFiles } from '../../collectors/files.ts';
import { amdCollector } from '../../collectors/gpu/amd/plugin.ts';
import { nvidiaSmiCollector } from '../../collectors/gpu/nvidia/plugin.ts';
import { ascendCollector } from '../../collectors/npu/ascend/plugin.ts';
import { startProgram } from '../../collectors/program.ts';
import { quietLog } from '../../collectors/quiet-log.ts';
import type { AcceleratorReader } from '../../collectors/reader.ts';
import type { CollectorsReport } from '../../collectors/supervision.ts';
import { type FakeSmi, installFakeSmi } from '../../tests/fake-nvidia-smi/install.ts';
import { FAULTS, type Fault } from '../../tests/fake-nvidia-smi/state.ts';
import { cpuSeconds } from '../load/closed-loop.ts';
import type { Report, SuiteOptions, Table } from '../suite.ts';

const ENTRY = fileURLToPath(new URL('../../collectors/main.ts', import.meta.url));
const DEADLINE_MS = 2000;

/** What the collectors cost, and how late their readers are when nvidia-smi misbehaves. */
export const runCollectorsSuite = async (options: SuiteOptions): Promise<Report> => ({
  suite: 'collectors',
  settings: { intervalMs: 1000, deadlineMs: DEADLINE_MS },
  models: [],
  comparisons: [],
  tables: [await measureCost(options), await measureOverruns(options), await measureOthers(options)],
  notes: [
    'cost: CPU time of the collectors process alone, nvidia-smi being a program of its own',
    'overrun: time past the deadline at which a reading was given up; a reading that ends earlier has none',
  ],
});

/** Of one core, for reading alone. */
const COST_BAR_PERCENT = 0.5;

/** Modes and numbers of GPUs. */
const COSTS = [
  ['tail', 2],
  ['tail', 0],
  ['tail', 8],
  ['query', 2],
] as const;

const measureCost = async ({ isSmoke, say }: SuiteOptions): Promise<Table> => {
  const rows: (string | number)[][] = [];
  for (const [mode, gpus] of isSmoke ? COSTS.slice(0, 1) : COSTS) {
    const cost = await costOf(mode, gpus, isSmoke ? 2 : 60);
    const isMet = cost.percent <= COST_BAR_PERCENT ? 'yes' : 'no';
    rows.push([mode, gpus, cost.percent, `<= ${COST_BAR_PERCENT}`, isMet, cost.withScrapes, cost.scrapeMs]);
    say(`${mode}, ${gpus} GPUs: ${cost.percent.toFixed(3)} % of a core`);
  }
  const columns = ['mode', 'GPUs', '% of a core', 'bar', 'met', '% with a scrape every 5 s', 'ms a scrape'];
  return { title: 'Cost at an interval of 1 s', columns, rows };
};

const costOf = async (mode: 'tail' | 'query', gpus: number, seconds: number) => {
  const dir = mkdtempSync(join(tmpdir(), 'clawdbot-collectors-'));
  await using life = new AsyncDisposableStack();
  life.defer(() => rmSync(dir, { recursive: true, force: true }));
  const smi = installFakeSmi(dir, { gpus });
  const readers = { 'nvidia-smi': { ...smi.options, mode } };
  const collectors = { port: 0, accelerators: gpus === 0 ? [] : ['nvidia-smi'], options: readers };
  const configFile = join(dir, 'clawdbot.yaml');
  writeFileSync(configFile, JSON.stringify({ collectors }));
  const child = fork(ENTRY, ['--data', dir, '--config', configFile], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  life.defer(async () => {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exited;
  });
  const url = await new Promise<string>((resolve) => {
    child.on('message', (message) => {
      const report = message as CollectorsReport; // our own program at the other end
      if (report.type === 'listening') resolve(report.url);
    });
  });
  const pid = child.pid ?? 0;
  // Compiling what runs every second is over by then.
  await sleep(Math.min(seconds, 10) * 1000);
  const span = async (isScraped: boolean): Promise<number> => {
    const before = cpuSeconds(pid);
    const startedAt = performance.now();
    for (let time = 0; time < seconds; time += 5) {
      if (isScraped) await (await request(url)).body.text();
      await sleep(Math.min(5, seconds - time) * 1000);
    }
    return ((cpuSeconds(pid) - before) / ((performance.now() - startedAt) / 1000)) * 100;
  };
  const percent = await span(false);
  const withScrapes = await span(true);
  return { percent, withScrapes, scrapeMs: Math.max(0, withScrapes - percent) * 5 * 10 };
};

const measureOverruns = async ({ isSmoke, say }: SuiteOptions): Promise<Table> => {
  const rows: (string | number)[][] = [];
  for (const fault of isSmoke ? FAULTS.slice(0, 1) : FAULTS) {
    const [query, tail] = [await overrunOf(fault, 'query'), await overrunOf(fault, 'tail')];
    rows.push([fault, query.state, query.overrunMs, tail.state, tail.overrunMs]);
    say(`${fault}: ${query.state} ${query.overrunMs.toFixed(0)} ms, ${tail.state} ${tail.overrunMs.toFixed(0)} ms`);
  }
  const columns = ['fault', 'query', 'overrun ms', 'tail', 'overrun ms'];
  return { title: 'Readings of a misbehaving nvidia-smi', columns, rows };
};

/** What the other readers of devices can meet, each played by a real program or file. */
const OTHERS = [
  ['ascend', 'hang', 'while :; do sleep 1; done'],
  ['ascend', 'ignore-sigterm', "trap '' TERM; while :; do sleep 1; done"],
  ['ascend', 'flood', 'while :; do echo flood, flood, flood, flood; done'],
  ['ascend', 'garbage', 'echo what is this'],
  ['ascend', 'exit', 'echo DCMI error; exit 255'],
  ['amd', 'a file that blocks', ''],
] as const;

const measureOthers = async ({ isSmoke }: SuiteOptions): Promise<Table> => {
  const rows: (string | number)[][] = [];
  for (const [name, fault, script] of isSmoke ? OTHERS.slice(-2) : OTHERS) {
    const dir = mkdtempSync(join(tmpdir(), 'clawdbot-collectors-'));
    const command = join(dir, 'npu-smi');
    writeFileSync(command, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const device = join(dir, 'card0', 'device');
    mkdirSync(device, { recursive: true });
    writeFileSync(join(device, 'vendor'), '0x1002\n');
    writeFileSync(join(device, 'uevent'), 'PCI_SLOT_NAME=0000:03:00.0\n');
    const pipe = join(device, 'gpu_busy_percent');
    execFileSync('mkfifo', [pipe]);
    const config = { deadlineMs: DEADLINE_MS };
    const context = { ...CONTEXT, owners: { ownerOf: () => undefined } };
    const reader =
      name === 'amd'
        ? await amdCollector.start({ ...context, config: amdCollector.config({ ...config, folder: dir }) })
        : await ascendCollector.start({ ...context, config: ascendCollector.config({ ...config, command }) });
    const { state, overrunMs } = await timeRead(reader);
    // Whoever opens the other end lets the thread go that waits for it.
    closeSync(openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK));
    rmSync(dir, { recursive: true, force: true });
    rows.push([name, fault, state, overrunMs]);
  }
  return { title: 'Readings of other misbehaving devices', columns: ['reader', 'fault', 'state', 'overrun ms'], rows };
};

const CONTEXT = {
  intervalMs: 1000,
  clock: systemClock,
  start: startProgram,
  files: systemFiles,
  log: quietLog,
} as const;

const overrunOf = async (fault: Fault, mode: 'query' | 'tail') => {
  const dir = mkdtempSync(join(tmpdir(), 'clawdbot-collectors-'));
  const smi: FakeSmi = installFakeSmi(dir, { fault });
  const reader = await nvidiaSmiCollector.start({
    config: nvidiaSmiCollector.config({ ...smi.options, mode, deadlineMs: DEADLINE_MS }),
    ...CONTEXT,
    owners: { ownerOf: () => undefined },
  });
  const timed = await timeRead(reader);
  rmSync(dir, { recursive: true, force: true });
  return timed;
};

const timeRead = async (reader: AcceleratorReader) => {
  const startedAt = performance.now();
  const outcome = await reader.read(new AbortController().signal);
  const tookMs = performance.now() - startedAt;
  await reader.stop();
  const state = outcome.kind === 'failed' ? outcome.reason : outcome.kind;
  // The question what the driver knows comes before the first reading and has the same deadline.
  return { state, overrunMs: Math.max(0, tookMs - DEADLINE_MS) };
};
