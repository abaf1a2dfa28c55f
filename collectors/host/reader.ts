import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, loadavg, totalmem } from 'node:os';
import type { Clock } from '../clock.ts';
import type { KernelFiles } from '../kernel-files.ts';
import { withoutImplausible } from '../plausible.ts';
import { readStalls } from '../pressure.ts';
import type { Reader, ReadOutcome } from '../reader.ts';
import { type Sample, sample } from '../sample.ts';
import { type CpuTimes, countCpus, cpuSamples, loadSamples, readCpuTimes } from './cpu.ts';
import { diskSamples, disksIn, type Place, spaceSamples } from './disk.ts';
import { memorySamples, pagingSamples } from './memory.ts';
import { networkSamples } from './network.ts';
import { findZones, thermalSamples, type Zone } from './thermal.ts';

interface Options {
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly files: KernelFiles;
  /** The folders whose file systems are watched. */
  readonly places: Readonly<Record<Place, string>>;
  readonly platform?: NodeJS.Platform;
}

const DEADLINE_MS = 5000;
/** Disks and zones come and go rarely; space changes slowly, and a file server may take its time to tell. */
const LAYOUT_MS = 10_000;
const RESOURCES = ['cpu', 'memory', 'io', 'irq'] as const;

/** The machine: processors, memory, disks, network, pressure, thermal zones. */
export class HostReader implements Reader<readonly Sample[]> {
  readonly deadlineMs = DEADLINE_MS;
  readonly intervalMs: number;
  readonly #given: Options;
  #cpu: CpuTimes | undefined;
  #zones: readonly Zone[] = [];
  #disks: ReadonlySet<string> = new Set();
  #space: readonly Sample[] = [];
  #looking: Promise<void> | undefined;
  #layoutAt = Number.NEGATIVE_INFINITY;

  constructor(given: Options) {
    this.#given = given;
    this.intervalMs = given.intervalMs;
  }

  async read(): Promise<ReadOutcome<readonly Sample[]>> {
    const { clock, platform = process.platform } = this.#given;
    if (clock.now() - this.#layoutAt >= LAYOUT_MS) {
      this.#layoutAt = clock.now();
      this.#lookAround();
    }
    const own = platform === 'linux' ? this.#linux() : this.#elsewhere();
    const { samples, dropped } = withoutImplausible([...own, ...this.#space]);
    return { kind: 'read', reading: samples, implausible: dropped };
  }

  stop = async (): Promise<void> => undefined;

  #linux(): Sample[] {
    const { files } = this.#given;
    const from = (path: string, read: (text: string) => readonly Sample[]): readonly Sample[] => {
      const text = files.read(path);
      return text === undefined ? [] : read(text);
    };
    return [
      ...from('/proc/stat', (text) => this.#cpus(text)),
      ...from('/proc/loadavg', loadSamples),
      ...from('/proc/meminfo', memorySamples),
      ...from('/proc/vmstat', pagingSamples),
      ...from('/proc/net/dev', networkSamples),
      ...from('/proc/diskstats', (text) => diskSamples(text, this.#disks)),
      ...RESOURCES.flatMap((resource) =>
        from(`/proc/pressure/${resource}`, (text) =>
          readStalls(text).map(({ kind, seconds }) => sample('pressure', seconds, { resource, kind })),
        ),
      ),
      ...thermalSamples(files, this.#zones),
    ];
  }

  #cpus(stat: string): Sample[] {
    const times = readCpuTimes(stat);
    if (times === undefined) return [];
    const samples = cpuSamples(times, this.#cpu);
    this.#cpu = times;
    return [...samples, sample('cpuCount', countCpus(stat), {})];
  }

  /** What Node itself knows on every system. */
  #elsewhere(): Sample[] {
    const sum = (mode: 'user' | 'nice' | 'sys' | 'idle' | 'irq'): number =>
      cpus().reduce((total, { times }) => total + times[mode] / 1000, 0);
    const none = { iowait: 0, softirq: 0, steal: 0 };
    const times = {
      user: sum('user'),
      nice: sum('nice'),
      system: sum('sys'),
      idle: sum('idle'),
      interrupt: sum('irq'),
    };
    const samples = cpuSamples({ ...none, ...times }, this.#cpu);
    this.#cpu = { ...none, ...times };
    return [
      ...samples.filter(({ labels }) => !('cpu.mode' in labels) || String(labels['cpu.mode']) in times),
      sample('cpuCount', availableParallelism(), {}),
      ...loadSamples(loadavg().join(' ')),
      sample('memoryLimit', totalmem(), {}),
      sample('memoryUsage', totalmem() - freemem(), { 'system.memory.state': 'used' }),
      sample('memoryUsage', freemem(), { 'system.memory.state': 'free' }),
    ];
  }

  /** In the background: a file system on a dead server must not hold up the rest. One look at a time. */
  #lookAround(): void {
    const { files, places } = this.#given;
    this.#zones = findZones(files);
    this.#disks = disksIn(files.list('/sys/block'));
    if (this.#looking !== undefined) {
      this.#space = [];
      return;
    }
    // Safe: the keys of the record are the places.
    const entries = Object.entries(places) as [Place, string][];
    this.#looking = Promise.all(
      entries.map(([place, folder]) =>
        statfs(folder).then(
          (stats): Sample[] => spaceSamples(place, stats),
          () => [],
        ),
      ),
    ).then((found) => {
      this.#space = found.flat();
      this.#looking = undefined;
    });
  }
}
