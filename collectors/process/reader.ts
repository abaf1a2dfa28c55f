import { findFolders, type GroupFolders, readMounts } from '../../core/hardware/control-group.ts';
import { OUR_PROCESSES } from '../../core/telemetry/metrics.ts';
import type { Clock } from '../clock.ts';
import type { KernelFiles } from '../kernel-files.ts';
import { withoutImplausible } from '../plausible.ts';
import type { Reader, ReadOutcome } from '../reader.ts';
import { type Sample, sample } from '../sample.ts';
import { readGroup } from './cgroup.ts';
import { groupSamples } from './group-samples.ts';
import { KnownKinds } from './known-kinds.ts';
import { labelsOfOwner, type Owner, type ProcessOwners } from './owners.ts';
import { Slots } from './slots.ts';
import { pageSize, readProcessStat } from './stat.ts';
import { findProcesses } from './tree.ts';

interface Options {
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly files: KernelFiles;
  /** The processes at the top of the tree; asked anew at every look. */
  readonly roots: () => readonly number[];
}

/** What is known of a process between two looks around. */
interface Known {
  readonly pid: number;
  readonly startedAt: number;
  readonly owner: Owner;
  readonly handleLimit: number | undefined;
  readonly folders: GroupFolders | undefined;
}

const LOOK_MS = 10_000;
const DEADLINE_MS = 5000;

/** Our processes and what they started: processor, memory, handles, threads, restarts, and their control groups. */
export class ProcessReader implements Reader<readonly Sample[]>, ProcessOwners {
  readonly deadlineMs = DEADLINE_MS;
  readonly intervalMs: number;
  readonly #given: Options;
  readonly #slots = new Slots();
  readonly #pageSize: number;
  readonly #kinds = new KnownKinds();
  #known = new Map<number, Known>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(given: Options) {
    this.#given = given;
    this.intervalMs = given.intervalMs;
    const own = readProcessStat(given.files.read(`/proc/${process.pid}/stat`) ?? '');
    this.#pageSize = pageSize(own?.residentPages ?? 1, process.memoryUsage.rss());
  }

  ownerOf(pid: number): Owner | undefined {
    return this.#known.get(pid)?.owner;
  }

  async read(): Promise<ReadOutcome<readonly Sample[]>> {
    const { clock, files } = this.#given;
    const told = files.read('/proc/uptime');
    if (told === undefined) return { kind: 'absent', why: 'no /proc: processes are read on Linux only' };
    const uptime = Number(told.split(' ')[0]);
    if (!(uptime > 0)) return { kind: 'failed', reason: 'malformed', detail: '/proc/uptime: expected seconds' };
    if (clock.now() - this.#lookedAt >= LOOK_MS) this.#look();
    const samples: Sample[] = [];
    let hasLost = false;
    for (const process of this.#known.values()) {
      const own = this.#samplesOf(process, uptime);
      if (own === undefined) hasLost = true;
      else samples.push(...own);
    }
    samples.push(...this.#groups());
    for (const { owner, restarts } of this.#slots.restarts()) {
      samples.push(sample('processRestarts', restarts, labelsOfOwner(owner)));
    }
    // Whoever takes its place is looked for at the next reading.
    if (hasLost) this.#lookedAt = Number.NEGATIVE_INFINITY;
    const { samples: reading, dropped } = withoutImplausible(samples);
    return { kind: 'read', reading, implausible: dropped };
  }

  stop = async (): Promise<void> => undefined;

  #look(): void {
    const { files, roots, clock } = this.#given;
    this.#lookedAt = clock.now();
    const found = findProcesses(files, roots(), this.#kinds);
    this.#kinds.keep(new Set(found.map(nameOf)));
    this.#slots.keep(new Set(found.map(nameOf)));
    const mounts = readMounts(files.read('/proc/self/mountinfo') ?? '');
    const known = new Map<number, Known>();
    for (const { pid, startedAt, kind } of found) {
      const owner = this.#slots.take(kind, nameOf({ pid, startedAt }));
      if (owner === undefined) continue;
      const limits = /^Max open files\s+(\d+)/m.exec(files.read(`/proc/${pid}/limits`) ?? '')?.[1];
      const folders = findFolders(files, files.read(`/proc/${pid}/cgroup`) ?? '', mounts);
      known.set(pid, {
        pid,
        startedAt,
        owner,
        folders,
        handleLimit: limits === undefined ? undefined : Number(limits),
      });
    }
    this.#known = known;
  }

  /** Undefined when it has ended, or another process has its id. */
  #samplesOf({ pid, startedAt, owner, handleLimit }: Known, uptime: number): Sample[] | undefined {
    const { files } = this.#given;
    const stat = readProcessStat(files.read(`/proc/${pid}/stat`) ?? '');
    if (stat === undefined || stat.isZombie || stat.startedAt !== startedAt) return undefined;
    const labels = labelsOfOwner(owner);
    const handles = files.list(`/proc/${pid}/fd`).length;
    return [
      sample('processCpuTime', stat.userSeconds, { 'cpu.mode': 'user', ...labels }),
      sample('processCpuTime', stat.systemSeconds, { 'cpu.mode': 'system', ...labels }),
      sample('processMemory', stat.residentPages * this.#pageSize, labels),
      sample('processThreads', stat.threads, labels),
      sample('processUptime', Math.max(0, uptime - startedAt), labels),
      // A process has at least its standard streams; none is one that we may not look into.
      ...(handles === 0 ? [] : [sample('processHandles', handles, labels)]),
      ...(handleLimit === undefined ? [] : [sample('processHandleLimit', handleLimit, labels)]),
    ];
  }

  /** Each group once, at the first of our processes in it. */
  #groups(): Sample[] {
    const seen = new Set<string>();
    const ordered = [...this.#known.values()].sort(
      (one, other) =>
        OUR_PROCESSES.indexOf(one.owner.kind) - OUR_PROCESSES.indexOf(other.owner.kind) ||
        one.owner.index - other.owner.index,
    );
    return ordered.flatMap(({ folders, owner }) => {
      if (folders === undefined) return [];
      const name = `${folders.cpu[0]} ${folders.memory[0]}`;
      if (seen.has(name)) return [];
      seen.add(name);
      return groupSamples(readGroup(this.#given.files, folders), labelsOfOwner(owner));
    });
  }
}

const nameOf = ({ pid, startedAt }: { readonly pid: number; readonly startedAt: number }): string =>
  `${pid}:${startedAt}`;
