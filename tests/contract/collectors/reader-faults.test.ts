import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDoctorReader } from '../../../collectors/doctor/reader.ts';
import { createDrillReader } from '../../../collectors/drills/reader.ts';
import { FakeClock } from '../../../collectors/fake-clock.ts';
import { type FileSource, systemFiles } from '../../../collectors/files.ts';
import { amdCollector } from '../../../collectors/gpu/amd/plugin.ts';
import { HostReader } from '../../../collectors/host/reader.ts';
import { Inventory } from '../../../collectors/inventory.ts';
import type { KernelFiles } from '../../../collectors/kernel-files.ts';
import { ascendCollector } from '../../../collectors/npu/ascend/plugin.ts';
import { Poll } from '../../../collectors/poll.ts';
import { ProcessReader } from '../../../collectors/process/reader.ts';
import { createScrapeTokenReader } from '../../../collectors/process/scrape-token.ts';
import type { ProgramEnd, StartProgram } from '../../../collectors/program.ts';
import { publish } from '../../../collectors/publish.ts';
import { quietLog } from '../../../collectors/quiet-log.ts';
import type { AcceleratorReading, CollectorKey, Reader } from '../../../collectors/reader.ts';
import type { Sample } from '../../../collectors/sample.ts';
import { fileTree, type KernelTree, kernelTree } from '../../kernel-tree.ts';
import { until } from '../../stream.ts';
import { AMD_CARD, KERNEL, processTree } from './machine.ts';

/**
 * Every reader but nvidia-smi, which has a program to misbehave in `nvidia-faults.test.ts`, with every fault that what it
 * reads can have. What `/proc` and control groups say comes from the memory of the kernel: of those files none can hang.
 */
const FAULTS = [
  'hang',
  'unkillable',
  'partial',
  'garbage',
  'empty',
  'exit',
  'missing',
  'permission',
  'vanishing',
  'overflow',
  'many',
  'not-utf-8',
] as const;
type Fault = (typeof FAULTS)[number];

/** One reader in a world that can be made sick and well again. */
interface Played {
  readonly reader: Reader<unknown>;
  readonly samplesOf: (reading: unknown) => readonly Sample[];
  /** How many devices, for those that have any. */
  readonly devices?: (reading: unknown) => readonly AcceleratorReading[];
  set(fault: Fault | undefined): void;
}

interface World {
  readonly open: (clock: FakeClock) => Promise<Played>;
  /** The state after the fault; `-` where what is read cannot have it. */
  readonly expected: Readonly<Record<Fault, string>>;
}

const HUGE = '9'.repeat(400);
/** What a decoder makes of bytes that are no UTF-8. */
const NOT_TEXT = '\uFFFD\uFFFD\u0000\uFFFD';
const none = () => ({ ended: Promise.resolve({ kind: 'missing', detail: '' } as const), kill: () => undefined });

const fail = (code: string): never => {
  throw Object.assign(new Error(code), { code });
};

const withCards = (count: number): KernelTree =>
  Object.fromEntries(
    Array.from({ length: count }, (_none, card) =>
      Object.entries(AMD_CARD).map(([path, text]) => [
        path.replace('card0/', `card${card}/`),
        path.endsWith('unique_id') ? `${card + 1}abc` : text,
      ]),
    ).flat(),
  );

/** What a file of this world holds under a fault, where that is about its text. */
const textUnder = (fault: Fault | undefined, text: string): string => {
  if (fault === 'garbage') return 'what is this\n';
  if (fault === 'empty') return '';
  if (fault === 'overflow') return text.replace(/\d+/g, HUGE);
  if (fault === 'not-utf-8') return NOT_TEXT;
  return fault === 'partial' ? text.slice(0, Math.floor(text.length / 2)) : text;
};

const IDENTITY = /\/(vendor|uevent|unique_id|product_name|device)$/;

const amd: World = {
  async open(clock) {
    let fault: Fault | undefined;
    const one = fileTree(withCards(2));
    const many = fileTree(withCards(200));
    const source = () => (fault === 'many' ? many : one);
    let reads = 0;
    const files: FileSource = {
      async list(path) {
        if (fault === 'permission') fail('EACCES');
        if (fault === 'missing') fail('ENOENT');
        return source().list(path);
      },
      async read(path) {
        reads += 1;
        if (fault === 'hang' || fault === 'unkillable') return new Promise<string>(() => undefined);
        if (fault === 'vanishing' && reads > 3) fail('ENODEV');
        const text = await source().read(path);
        return IDENTITY.test(path) ? text : textUnder(fault, text);
      },
    };
    const reader = await amdCollector.start({
      ...{ intervalMs: 1000, clock, files, log: quietLog, start: none, owners: { ownerOf: () => undefined } },
      config: amdCollector.config({}),
    });
    return {
      ...accelerators(reader),
      set(next) {
        fault = next;
        reads = 0;
      },
    };
  },
  expected: {
    ...{ hang: 'deadline', unkillable: 'deadline', partial: 'up', garbage: 'up', empty: 'up', exit: '-' },
    ...{ missing: 'gone', permission: 'gone', vanishing: 'gone', overflow: 'up', many: 'up', 'not-utf-8': 'up' },
  },
};

const chip = (index: number, power = '70.0'): string =>
  `| ${index}     910B                | OK            | ${power}        34                0    / 0             |\n` +
  `| 0                         | 0000:${(index % 256).toString(16).padStart(2, '0')}:00.${index < 256 ? 0 : 1}  | 12          1197 / 13553      1365 / 32768         |\n` +
  '+===========================+===============+====================================================+\n';
const table = (chips: number, power?: string): string =>
  `| npu-smi 24.1.0                   Version: 24.1.0                                               |
| NPU   Name                | Health        | Power(W)    Temp(C)           Hugepages-Usage(page)|
| Chip                      | Bus-Id        | AICore(%)   Memory-Usage(MB)  HBM-Usage(MB)        |
${Array.from({ length: chips }, (_none, index) => chip(index, power)).join('')}`;

const ascend: World = {
  async open(clock) {
    let fault: Fault | undefined;
    const said = (): string => {
      if (fault === 'many') return table(200);
      if (fault === 'vanishing') return table(1);
      if (fault === 'overflow') return table(2, HUGE);
      return fault === 'exit' ? 'DCMI error code -8005\n' : textUnder(fault, table(2));
    };
    const ending = (): ProgramEnd | undefined => {
      if (fault === 'hang' || fault === 'unkillable') return undefined;
      if (fault === 'missing') return { kind: 'missing', detail: 'ENOENT' };
      if (fault === 'permission') return { kind: 'missing', detail: 'EACCES', isForbidden: true };
      return { kind: 'exited', code: fault === 'exit' ? 255 : 0 };
    };
    const start: StartProgram = (_command, _args, { stdout }) => {
      const end = ending();
      const ended = Promise.withResolvers<ProgramEnd>();
      const isStubborn = fault === 'unkillable';
      if (end?.kind === 'exited') stdout(said());
      if (end !== undefined) ended.resolve(end);
      const kill = () => isStubborn || ended.resolve({ kind: 'signal', signal: 'SIGKILL' });
      return { ended: ended.promise, kill: () => void kill() };
    };
    const reader = await ascendCollector.start({
      ...{ intervalMs: 1000, clock, start, files: fileTree({}), log: quietLog, owners: { ownerOf: () => undefined } },
      config: ascendCollector.config({ command: '/opt/npu-smi' }),
    });
    return {
      ...accelerators(reader),
      set(next) {
        fault = next;
      },
    };
  },
  expected: {
    ...{ hang: 'deadline', unkillable: 'deadline', partial: 'malformed', garbage: 'malformed', empty: 'malformed' },
    ...{ exit: 'exit_other', missing: 'missing', permission: 'permission', vanishing: 'up', overflow: 'up' },
    ...{ many: 'up', 'not-utf-8': 'malformed' },
  },
};

/** A kernel whose files are sick; `/proc/uptime` and what names processes stay, or nothing would be left to look at. */
const sickKernel = (fault: () => Fault | undefined, keep: RegExp, many: KernelTree): KernelFiles => {
  const [few, lots] = [kernelTree({ ...KERNEL }), kernelTree({ ...KERNEL, ...many })];
  const source = () => (fault() === 'many' ? lots : few);
  let reads = 0;
  return {
    read(path) {
      reads += 1;
      const now = fault();
      if (now === 'missing' || now === 'permission') return undefined;
      if (now === 'vanishing' && reads % 3 === 0 && path !== '/proc/uptime') return undefined;
      const text = source().read(path);
      return text === undefined || keep.test(path) ? text : textUnder(now, text);
    },
    list: (path) => (['missing', 'permission'].includes(fault() ?? '') ? [] : source().list(path)),
  };
};

const host: World = {
  async open(clock) {
    let fault: Fault | undefined;
    const disks = Array.from({ length: 200 }, (_none, disk) => `   8 ${disk} sd${disk} 1 0 8 1 2 0 16 4 0 3 6`);
    const zones = Array.from({ length: 200 }, (_none, zone) => [`/sys/class/thermal/thermal_zone${zone}/type`, 'cpu']);
    const many: KernelTree = {
      '/proc/diskstats': `${disks.join('\n')}\n`,
      ...Object.fromEntries(disks.map((_line, disk) => [`/sys/block/sd${disk}/size`, ''])),
      ...Object.fromEntries(zones),
    };
    const hangs = () => fault === 'hang' || fault === 'unkillable';
    const never = () => new Promise<never>(() => undefined);
    const devices: FileSource = {
      read: async (path) => (hangs() ? never() : fileTree({ ...KERNEL, ...many }).read(path)),
      list: async () => [],
    };
    const reader = new HostReader({
      ...{ intervalMs: 1000, clock, devices, files: sickKernel(() => fault, /^$/, many), platform: 'linux' },
      places: { root: '/', data: '/data', models: '/models' },
      spaceOf: async (folder) =>
        hangs() && folder === '/models' ? never() : { bsize: 4096, blocks: 100, bfree: 50, bavail: 40 },
    });
    const set = (next: Fault | undefined): void => {
      fault = next;
    };
    return { ...plain(reader), set };
  },
  expected: {
    // A disk or a sensor that hangs costs what it would have told.
    ...{ hang: 'up', unkillable: 'up', partial: 'up', garbage: 'malformed', empty: 'malformed', exit: '-' },
    ...{ missing: 'malformed', permission: 'malformed', vanishing: 'up', overflow: 'up', many: 'up' },
    'not-utf-8': 'malformed',
  },
};

const processes: World = {
  async open(clock) {
    let fault: Fault | undefined;
    const ids = Array.from({ length: 200 }, (_none, index) => 1000 + index);
    const many = {
      ...Object.assign({}, ...ids.map((pid) => processTree(pid, 101, ['/bin/tool'], []))),
      '/proc/101/task/101/children': `102 ${ids.join(' ')}`,
    };
    const files = sickKernel(() => fault, /^\/proc\/(uptime|\d+\/(stat|cmdline|task))/, many);
    const reader = new ProcessReader({ intervalMs: 1000, clock, files, roots: () => [100] });
    const set = (next: Fault | undefined): void => {
      fault = next;
    };
    return { ...plain(reader), set };
  },
  expected: {
    ...{ hang: '-', unkillable: '-', partial: 'up', garbage: 'up', empty: 'up', exit: '-', missing: 'gone' },
    ...{ permission: 'gone', vanishing: 'up', overflow: 'up', many: 'up', 'not-utf-8': 'up' },
  },
};

/** One small file with a text of its own. */
const fileWorld =
  (text: string, overflown: string, open: (files: FileSource) => Reader<readonly Sample[]>): World['open'] =>
  async () => {
    let fault: Fault | undefined;
    const files: FileSource = {
      async read() {
        if (fault === 'hang' || fault === 'unkillable') return new Promise<string>(() => undefined);
        if (fault === 'missing' || fault === 'vanishing') fail('ENOENT');
        if (fault === 'permission') fail('EACCES');
        if (fault === 'overflow') return overflown;
        return textUnder(fault, text);
      },
      list: async () => [],
    };
    const set = (next: Fault | undefined): void => {
      fault = next;
    };
    return { ...plain(open(files)), set };
  };
const ONE_FILE: World['expected'] = {
  ...{ hang: 'deadline', unkillable: 'deadline', partial: 'malformed', garbage: 'malformed', empty: 'malformed' },
  ...{ exit: '-', missing: 'gone', permission: 'gone', vanishing: 'gone', overflow: 'malformed', many: '-' },
  'not-utf-8': 'malformed',
};

const claims = (text: string): string => `e30.${Buffer.from(text).toString('base64url')}.c2ln`;
const token: World = {
  open: fileWorld(claims('{"iat":1000,"exp":4600}'), claims(`{"iat":1000,"exp":1${HUGE}}`), (files) =>
    createScrapeTokenReader({ intervalMs: 1000, files, file: '/token' }),
  ),
  expected: ONE_FILE,
};

const drill = (detectionMs: string): string =>
  `{"drills":[{"name":"gpu-hot","profile":"real","outcome":"passed","at":"2026-01-01T00:00:00Z","detectionMs":${detectionMs}}]}`;
const drills: World = {
  open: fileWorld(drill('1'), drill(HUGE), (files) =>
    createDrillReader({ intervalMs: 1000, files, file: '/drills.json' }),
  ),
  expected: ONE_FILE,
};

const checked = (at: string): string => `{"at":"${at}","checks":[{"name":"cores","result":"pass"}]}`;
const doctor: World = {
  open: fileWorld(checked('2026-01-01T00:00:00Z'), checked(HUGE), (files) =>
    createDoctorReader({ intervalMs: 1000, files, file: '/doctor.json' }),
  ),
  expected: ONE_FILE,
};

const plain = (reader: Reader<readonly Sample[]>) => ({
  reader,
  samplesOf: (reading: unknown) => reading as readonly Sample[], // of this very reader
});
const accelerators = (reader: Reader<readonly AcceleratorReading[]>) => {
  const devices = (reading: unknown) => reading as readonly AcceleratorReading[]; // of this very reader
  return { reader, devices, samplesOf: (reading: unknown) => devices(reading).flatMap(({ samples }) => samples) };
};

/** The reader and a healthy one beside it, polled by one clock, and what their page shows. */
const watch = async (world: World) => {
  const clock = new FakeClock();
  const played = await world.open(clock);
  const inventory = new Inventory();
  const poll = new Poll<unknown>({
    ...{ reader: played.reader, clock },
    onReading: (reading) => inventory.note('sick', played.devices?.(reading) ?? []),
  });
  const beside = await host.open(clock);
  const other = new Poll<unknown>({ reader: beside.reader, clock });
  poll.start();
  other.start();
  await clock.advance(0);
  const page = (): Map<CollectorKey, readonly Sample[]> => {
    const shown = new Map<CollectorKey, readonly Sample[]>();
    const samplesOf =
      (each: Poll<unknown>, { samplesOf: read }: Played) =>
      () =>
        each.fresh === undefined ? [] : read(each.fresh);
    publish(
      { gauge: (key, observe) => void shown.set(key as CollectorKey, [...observe()] as Sample[]) },
      [
        { name: 'sick', poll, samples: samplesOf(poll, played) },
        { name: 'well', poll: other, samples: samplesOf(other, beside) },
      ],
      () => inventory.describe('sick', poll.fresh === undefined ? [] : (played.devices?.(poll.fresh) ?? [])),
    );
    return shown;
  };
  const up = (plugin: string) =>
    page()
      .get('pluginUp')
      ?.find(({ labels }) => 'plugin' in labels && labels.plugin === plugin)?.value;
  const word = () => (poll.state.kind === 'failing' ? poll.state.reason : poll.state.kind);
  return { clock, played, poll, other, page, up, word };
};

const WORLDS = { amd, ascend, host, process: processes, 'scrape-token': token, drills, doctor };

describe.each(Object.entries(WORLDS))('the reader of %s', (name, world) => {
  const possible = FAULTS.filter((fault) => world.expected[fault] !== '-');

  it.each(possible)(
    '%s: settles by its deadline with the right state, shows nothing old, and recovers',
    async (fault) => {
      const { clock, played, poll, other, page, up, word } = await watch(world);
      const { reader, samplesOf } = played;
      expect([word(), up('sick'), up('well')]).toEqual(['up', 1, 1]);
      const before = poll.fresh;
      expect(samplesOf(before).length).toBeGreaterThan(0);

      played.set(fault);
      // Two intervals and one deadline: by then the fault is met, whatever it holds up.
      await clock.advance(reader.intervalMs + reader.deadlineMs);
      await clock.advance(reader.intervalMs);
      const expected = world.expected[fault];
      // A second look at what has not ended yet says so.
      if (expected === 'deadline') expect(['deadline', 'stuck']).toContain(word());
      else expect(word()).toBe(expected);
      expect(up('sick')).toBe(expected === 'up' ? 1 : 0);
      expect(poll.fresh).not.toBe(before);
      if (expected === 'up') expect(poll.fresh).toBeDefined();
      else expect(poll.fresh).toBeUndefined();
      const reasons = [...poll.failures.keys()];
      if (expected === 'up') expect(reasons).toEqual([]);
      else expect(reasons).toContain(expected);

      // Whoever else reads goes on, with values of its own.
      expect([up('well'), other.state.kind]).toEqual([1, 'up']);
      expect(page().get('memoryLimit')?.length).toBeGreaterThan(0);
      // What cannot be is not shown, and neither is what is no number.
      const values = samplesOf(poll.fresh ?? []).map(({ value }) => value);
      expect(values.filter((value) => !Number.isFinite(value))).toEqual([]);
      if (fault === 'overflow' && expected === 'up') expect(poll.implausible).toBeGreaterThan(0);

      played.set(undefined);
      // What is never answered stays open: a file cannot be taken back, and neither can a process that does not die.
      const isHeld = expected === 'deadline' && (fault === 'unkillable' || name !== 'ascend');
      await clock.advance(40_000);
      expect(word()).toBe(isHeld ? 'stuck' : 'up');
    },
  );
});

describe.skipIf(process.platform === 'win32')('files that block', () => {
  it('amd: cards that hang hold up no more than two threads, so everybody else still reads', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clawdbot-drm-'));
    const pipes = Array.from({ length: 8 }, (_none, card) => {
      const device = join(folder, `card${card}`, 'device');
      mkdirSync(device, { recursive: true });
      writeFileSync(join(device, 'vendor'), '0x1002\n');
      writeFileSync(join(device, 'uevent'), `PCI_SLOT_NAME=0000:0${card}:00.0\n`);
      return join(device, 'gpu_busy_percent');
    });
    execFileSync('mkfifo', pipes);
    const clock = new FakeClock();
    const reader = await amdCollector.start({
      ...{ intervalMs: 1000, clock, files: systemFiles, log: quietLog, start: none },
      ...{ owners: { ownerOf: () => undefined }, config: amdCollector.config({ folder }) },
    });
    const look = async () => {
      let outcome: unknown;
      void reader.read(new AbortController().signal).then((read) => {
        outcome = read;
      });
      await until(
        () => clock.advance(reader.deadlineMs).then(() => outcome),
        (read) => read !== undefined,
      );
      return outcome;
    };
    expect(await look()).toMatchObject({ kind: 'failed', reason: 'deadline' });
    expect(await look()).toMatchObject({ kind: 'failed' });
    expect(await systemFiles.read(join(folder, 'card0', 'device', 'vendor'))).toBe('0x1002\n');
    // Whoever opens the other end lets the threads go.
    for (const pipe of pipes) closeSync(openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK));
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('devices of a sick reader', () => {
  it.each(['garbage', 'empty', 'not-utf-8'] as const)('amd, %s: absent, not zero', async (fault) => {
    const { clock, played, poll } = await watch(amd);
    played.set(fault);
    await clock.advance(played.reader.intervalMs);
    expect(played.devices?.(poll.fresh).map(({ health, samples }) => [health, samples])).toEqual([
      ['ok', []],
      ['ok', []],
    ]);
  });

  it.each([
    ['amd', amd],
    ['ascend', ascend],
  ] as const)('%s: 200 of them are told apart', async (_name, world) => {
    const { clock, played, poll } = await watch(world);
    played.set('many');
    await clock.advance(played.reader.intervalMs);
    expect(new Set(played.devices?.(poll.fresh).map(({ id }) => id)).size).toBe(200);
  });

  it('ascend: one that vanishes has failed, the other has not', async () => {
    const { clock, played, page } = await watch(ascend);
    played.set('vanishing');
    await clock.advance(played.reader.intervalMs);
    const failed = page()
      .get('hwStatus')
      ?.filter(({ labels, value }) => 'hw.state' in labels && labels['hw.state'] === 'failed' && value === 1);
    expect(failed?.map(({ labels }) => 'hw.id' in labels && labels['hw.id'])).toEqual(['npu-0000:01:00.0']);
  });

  it.each([
    ['amd', amd],
    ['ascend', ascend],
  ] as const)('%s: one that is plugged in is there', async (_name, world) => {
    const { clock, played, poll } = await watch(world);
    const count = () => played.devices?.(poll.fresh).length;
    expect(count()).toBe(2);
    played.set('many');
    await clock.advance(played.reader.intervalMs);
    expect(count()).toBe(200);
  });

  it('amd: energy is summed up from what power can be only', async () => {
    const { clock, played, poll } = await watch(amd);
    played.set('overflow');
    await clock.advance(played.reader.intervalMs);
    played.set(undefined);
    await clock.advance(2 * played.reader.intervalMs);
    const energy = played.samplesOf(poll.fresh).filter(({ key }) => key === 'energy');
    expect(energy).toHaveLength(2);
    for (const { value } of energy) expect(value).toBeLessThan(1e6);
  });
});
