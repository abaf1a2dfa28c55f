import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, loadavg, totalmem } from 'node:os';
import type { Clock } from '../clock.ts';
import type { FileSource } from '../files.ts';
import type { KernelFiles } from '../kernel-files.ts';
import { Patience } from '../patience.ts';
import { withoutImplausible } from '../plausible.ts';
import { readStalls } from '../pressure.ts';
import type { Reader, ReadOutcome } from '../reader.ts';
import { type Sample, sample } from '../sample.ts';
import { type CpuTimes, countCpus, cpuSamples, loadSamples, readCpuTimes } from './cpu.ts';
import { diskSamples, disksIn, type Place, type Space, spaceSamples } from './disk.ts';
import { memorySamples, pagingSamples } from './memory.ts';
import { networkSamples } from './network.ts';
import { findZones, readZone, type Zone } from './thermal.ts';

interface Options {
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly files: KernelFiles;
  /** Files behind which is a device that may not answer. */
  readonly devices: FileSource;
  /** The folders whose file systems are watched. */
  readonly places: Readonly<Record<Place, string>>;
  readonly platform?: NodeJS.Platform;
  readonly spaceOf?: (folder: string) => Promise<Space>;
}

const DEADLINE_MS = 5000;
/** Disks and zones come and go rarely; space changes slowly, and a file server may take its time to tell. */
const LAYOUT_MS = 10_000;
/** For a thermal zone, and for a file system on a server. */
const PATIENCE_MS = 1000;
/** Three folders and a zone: no more threads of the process than that wait for what is dead. */
const MOST_HANGING = 4;
const RESOURCES = ['cpu', 'memory', 'io', 'irq'] as const;

/** The machine: processors, memory, disks, network, pressure, thermal zones. */
export class HostReader implements Reader<readonly Sample[]> {
  readonly deadlineMs = DEADLINE_MS;
  readonly intervalMs: number;
  readonly #given: Options;
  #cpu: CpuTimes | undefined;
  #zones: readonly Zone[] = [];
  #disks: ReadonlySet<string> = new Set();
  readonly #space = new Map<Place, readonly Sample[]>();
  readonly #patience: Patience;
  #layoutAt = Number.NEGATIVE_INFINITY;

  constructor(given: Options) {
    this.#given = given;
    this.intervalMs = given.intervalMs;
    this.#patience = new Patience({ clock: given.clock, ms: PATIENCE_MS, most: MOST_HANGING });
  }

  async read(): Promise<ReadOutcome<readonly Sample[]>> {
    const { clock, platform = process.platform } = this.#given;
    if (clock.now() - this.#layoutAt >= LAYOUT_MS) {
      this.#layoutAt = clock.now();
      await this.#lookAround();
    }
    const own = platform === 'linux' ? this.#linux() : this.#elsewhere();
    if (own.length === 0) return { kind: 'failed', reason: 'malformed', detail: '/proc tells nothing of the machine' };
    const beside = [...(await this.#temperatures()), ...[...this.#space.values()].flat()];
    const { samples, dropped } = withoutImplausible([...own, ...beside]);
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

  async #lookAround(): Promise<void> {
    const { files, places, spaceOf = statfs } = this.#given;
    this.#zones = findZones(files);
    this.#disks = disksIn(files.list('/sys/block'));
    // Safe: the keys of the record are the places.
    const entries = Object.entries(places) as [Place, string][];
    await Promise.all(
      entries.map(async ([place, folder]) => {
        const answer = await this.#patience.ask(place, () => spaceOf(folder)).catch(() => undefined);
        this.#space.set(place, answer?.kind === 'answer' ? spaceSamples(place, answer.value) : []);
      }),
    );
  }

  /** One zone after the other: one that hangs is left out and asked no second time. */
  async #temperatures(): Promise<readonly Sample[]> {
    const samples: Sample[] = [];
    for (const zone of this.#zones) {
      const answer = await this.#patience.ask(zone.id, () => readZone(this.#given.devices, zone));
      if (answer.kind === 'answer') samples.push(...answer.value);
    }
    return samples;
  }
}
