import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../collectors/fake-clock.ts';
import { systemFiles } from '../../../collectors/files.ts';
import { nvidiaSmiCollector } from '../../../collectors/gpu/nvidia/plugin.ts';
import { type StartProgram, startProgram } from '../../../collectors/program.ts';
import { quietLog } from '../../../collectors/quiet-log.ts';
import type { AcceleratorReader, AcceleratorReading, ReadOutcome } from '../../../collectors/reader.ts';
import { type FakeSmi, installFakeSmi } from '../../fake-nvidia-smi/install.ts';
import { FAULTS, type Fault, uuidOf } from '../../fake-nvidia-smi/state.ts';
import { until } from '../../stream.ts';

type Outcome = ReadOutcome<readonly AcceleratorReading[]>;

const DEADLINE_MS = 4000;

let dir: string;
let smi: FakeSmi;
let clock: FakeClock;
let reader: AcceleratorReader;
let said = '';
/** Programs that were started and have not ended. */
let running = 0;

/** The real program, listened to. */
const start: StartProgram = (command, args, output) => {
  running += 1;
  const program = startProgram(command, args, {
    stdout: (text) => {
      said += text;
      output.stdout(text);
    },
    stderr: output.stderr,
  });
  void program.ended.then(() => {
    running -= 1;
  });
  return program;
};

const open = async (mode: 'tail' | 'query' | 'auto'): Promise<void> => {
  reader = await nvidiaSmiCollector.start({
    config: nvidiaSmiCollector.config({ ...smi.options, mode, deadlineMs: DEADLINE_MS }),
    ...{ intervalMs: 1000, clock, start, files: systemFiles, owners: { ownerOf: () => undefined }, log: quietLog },
  });
};

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-smi-'));
  smi = installFakeSmi(dir);
  clock = new FakeClock();
  said = '';
  running = 0;
});
afterEach(async () => {
  await reader.stop();
  await until(
    () => running,
    (count) => count === 0,
  );
  rmSync(dir, { recursive: true, force: true });
});

const read = (): Promise<Outcome> => reader.read(new AbortController().signal);
const queries = () => smi.calls().filter(({ args }) => args[0]?.startsWith('--query-gpu=') === true);

/** What a reading comes to: `time` means that only the clock ends the wait, once the program has said what it will. */
const EXPECTED: Readonly<Record<Fault, { readonly query: string; readonly tail: string; readonly time?: true }>> = {
  hang: { query: 'deadline', tail: 'silent', time: true },
  'ignore-sigterm': { query: 'deadline', tail: 'silent', time: true },
  partial: { query: 'malformed', tail: 'malformed', time: true },
  lost: { query: 'read', tail: 'read' },
  'lost-exit': { query: 'exit_15', tail: 'exit_15' },
  mismatch: { query: 'exit_18', tail: 'exit_18' },
  'no-driver': { query: 'exit_9', tail: 'exit_9' },
  'no-device': { query: 'absent', tail: 'absent' },
  'no-nvml': { query: 'exit_12', tail: 'exit_12' },
  'no-permission': { query: 'permission', tail: 'permission' },
  'bad-field': { query: 'exit_2', tail: 'exit_2' },
  grandchild: { query: 'read', tail: 'read' },
  flood: { query: 'flood', tail: 'flood' },
  garbage: { query: 'malformed', tail: 'exit_other' },
  crash: { query: 'signal', tail: 'signal' },
  'silent-stream': { query: 'read', tail: 'silent', time: true },
  wedge: { query: 'read', tail: 'read' },
};

const wordFor = (outcome: Outcome): string => (outcome.kind === 'failed' ? outcome.reason : outcome.kind);

describe.skipIf(process.platform === 'win32').each(['query', 'tail'] as const)('nvidia-smi in %s mode', (mode) => {
  it.each(FAULTS)('%s: settles by its deadline with the right state', async (fault) => {
    smi.set({ fault });
    await open(mode);
    const reading = read();
    const isTimed = EXPECTED[fault].time === true && !(mode === 'query' && EXPECTED[fault].query === 'read');
    if (isTimed && !(mode === 'query' && fault === 'partial')) {
      // The clock stands until the program is where it stays.
      await until(queries, (calls) => calls.length === 1);
      if (fault === 'partial') {
        await until(
          () => said.includes('GPU-0') && !said.endsWith('\n'),
          (isThere) => isThere,
        );
      }
      await clock.advance(DEADLINE_MS);
    }
    expect(wordFor(await reading)).toBe(EXPECTED[fault][mode]);
  });

  it('has failed without a program that can be started', async () => {
    await open(mode);
    rmSync(smi.command);
    expect(await read()).toMatchObject({ kind: 'failed', reason: 'missing' });
  });

  it('is absent, and starts nothing, without a driver', async () => {
    smi.driver(undefined);
    await open(mode);
    const outcome = await read();
    if (process.platform === 'linux') expect(outcome).toMatchObject({ kind: 'absent' });
    if (process.platform === 'linux') expect(smi.calls()).toEqual([]);
  });

  it('reads 200 devices, each with its own UUID', async () => {
    smi.set({ gpus: 200 });
    await open(mode);
    const outcome = await read();
    const ids = outcome.kind === 'read' ? outcome.reading.map(({ id }) => id) : [];
    expect(ids).toEqual(Array.from({ length: 200 }, (_none, index) => uuidOf(index)));
  });

  it('leaves out the field that a driver does not know after all', async () => {
    smi.set({ fault: 'bad-field' });
    await open(mode);
    await read();
    smi.heal();
    expect((await read()).kind).toBe('read');
    expect(queries().at(-1)?.args[0]).not.toContain('fan.speed');
  });

  it('works with a driver that knows only older names', async () => {
    smi.set({ isOld: true });
    await open(mode);
    const outcome = await read();
    expect(queries()[0]?.args[0]).toContain('clocks_throttle_reasons.active');
    const samples = outcome.kind === 'read' ? (outcome.reading[0]?.samples ?? []) : [];
    expect(samples.some(({ key }) => key === 'throttled')).toBe(true);
    expect(samples.some(({ key }) => key === 'recovery')).toBe(false);
  });
});

describe.skipIf(process.platform === 'win32')('nvidia-smi', () => {
  it('names a lost device by its UUID, as failed, and keeps the others', async () => {
    await open('query');
    await read();
    smi.set({ fault: 'lost' });
    const outcome = await read();
    expect(outcome).toMatchObject({
      kind: 'read',
      reading: [
        { id: uuidOf(0), health: 'failed' },
        { id: uuidOf(1), health: 'ok' },
      ],
    });
  });

  it('keeps one stream for many readings, and follows what it says', async () => {
    smi.set({ rampDegrees: 3 });
    await open('tail');
    const degrees: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const outcome = await read();
      const samples = outcome.kind === 'read' ? (outcome.reading[0]?.samples ?? []) : [];
      degrees.push(samples.find(({ key }) => key === 'temperature')?.value ?? Number.NaN);
    }
    expect(degrees).toEqual([...degrees].sort((one, other) => one - other));
    expect(new Set(degrees).size).toBe(3);
    expect(queries()).toHaveLength(1);
  });

  it('kills a stream that falls silent and begins another, never two at once', async () => {
    smi.set({ fault: 'wedge' });
    await open('tail');
    for (let round = 0; round < 3; round += 1) expect((await read()).kind).toBe('read');
    const silent = read();
    await until(
      () => clock.waiting,
      (count) => count > 0,
    );
    await clock.advance(3000);
    expect(wordFor(await silent)).toBe('silent');
    smi.heal();
    await until(
      async () => wordFor(await read()),
      (word) => word === 'read',
    );
    expect(queries()).toHaveLength(2);
  });

  it('asks one by one where the stream stays silent', async () => {
    smi.set({ fault: 'silent-stream' });
    await open('auto');
    for (let time = 1; time <= 2; time += 1) {
      const silent = read();
      await until(queries, (calls) => calls.length === time);
      await clock.advance(DEADLINE_MS);
      expect(wordFor(await silent)).toBe('silent');
      await until(
        () => running,
        (count) => count === 0,
      );
    }
    expect((await read()).kind).toBe('read');
    expect(reader.intervalMs).toBe(10_000);
  });

  it('begins a new stream when a device is plugged in', async () => {
    smi.driver(['0000:10:00.0']);
    smi.set({ gpus: 1 });
    await open('tail');
    await read();
    smi.driver(['0000:10:00.0', '0000:11:00.0']);
    smi.set({ gpus: 2 });
    await until(
      async () => {
        await clock.advance(1000);
        await read();
        return queries().length;
      },
      (count) => count === 2,
    );
    expect(await read()).toMatchObject({ kind: 'read', reading: [{ id: uuidOf(0) }, { id: uuidOf(1) }] });
  });

  it('drops what no device can be, one value and not the rest', async () => {
    smi.set({ gpus: 1, cells: { 'temperature.gpu': '2112', 'utilization.gpu': '20000' } });
    await open('query');
    const outcome = await read();
    expect(outcome).toMatchObject({ kind: 'read', implausible: 2 });
    const samples = outcome.kind === 'read' ? (outcome.reading[0]?.samples ?? []) : [];
    expect(samples.filter(({ key }) => key === 'temperature').map(({ value }) => value)).toEqual([40]);
    expect(samples.some(({ key }) => key === 'power')).toBe(true);
  });
});
