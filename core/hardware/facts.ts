import { type Accelerators, readAccelerators, readNpus, readToolkit } from './accelerators.ts';
import type { Seen } from './check.ts';
import { type ControlGroups, type EngineState, readContainerEngine, readControlGroups } from './containers.ts';
import { findFolders, readLimits, readMounts } from './control-group.ts';
import { type Disk, readDisk } from './disk.ts';
import { type Memory, type MemoryType, readMemory, readMemoryType } from './memory.ts';
import { bridgeGateway, readListeners } from './network.ts';
import { type Frequency, type Processors, readFrequency, readProcessors } from './processors.ts';
import { readCertificate, readClock, readHugePages, readOpenFiles } from './settings.ts';
import type { Sight } from './sight.ts';
import { readSurroundings, type Surroundings } from './surroundings.ts';

/** What is asked of the machine. */
export interface Purpose {
  /** Where models are kept; its disk is the one that is judged. */
  readonly modelsDir: string;
  /** PEM file of the certificate of the gateway. */
  readonly certificateFile: string;
  /** Ports the service wants. */
  readonly ports: readonly { readonly port: number; readonly setting: string; readonly isNeeded: boolean }[];
  /** The service runs on this machine now: its ports are taken by itself. */
  readonly isRunning: boolean;
  /** Of the models that are still to be fetched. */
  readonly missingModelBytes: number;
  readonly isRoot: boolean;
  /** Unix time in seconds. */
  readonly now: number;
  /** Short measurements; absent where none was made. */
  readonly speeds?: Speeds;
}

export interface Speeds {
  readonly memoryBandwidth: Seen<number>;
  readonly diskRead: Seen<number>;
}

export interface Facts {
  readonly surroundings: Surroundings;
  readonly processors: Seen<Processors>;
  readonly frequency: Seen<Frequency>;
  readonly memory: Seen<Memory>;
  readonly memoryType: Seen<MemoryType>;
  readonly disk: Seen<Disk>;
  readonly space: { readonly sizeBytes: number; readonly freeBytes: number } | undefined;
  readonly accelerators: Seen<Accelerators>;
  readonly npus: Seen<readonly string[]>;
  readonly toolkit: Seen<string>;
  readonly listeners: Seen<ReadonlySet<number>>;
  readonly clock: Seen<boolean>;
  readonly openFiles: Seen<number>;
  readonly hugePages: Seen<string>;
  readonly controlGroups: Seen<ControlGroups>;
  readonly engine: Seen<EngineState>;
  readonly certificate: Seen<number>;
  /** The one address all clients have, in a container behind a bridge. */
  readonly bridge: string | undefined;
}

/** Reads everything at once: the slowest program decides how long it takes, and each has a limit. */
export const readFacts = async (sight: Sight, purpose: Purpose): Promise<Facts> => {
  const mounts = readMounts(sight.read('/proc/self/mountinfo') ?? '');
  const folders = findFolders(sight, sight.read('/proc/self/cgroup') ?? '', mounts);
  const limits = folders === undefined ? undefined : readLimits(sight, folders);
  const surroundings = readSurroundings(sight);
  const modelsDir = nearest(sight, purpose.modelsDir);
  const [memoryType, space, accelerators, toolkit, clock, engine] = await Promise.all([
    readMemoryType(sight, purpose.isRoot),
    sight.space(modelsDir),
    readAccelerators(sight),
    readToolkit(sight),
    readClock(sight),
    readContainerEngine(sight),
  ]);
  return {
    ...{ surroundings, memoryType, space, accelerators, toolkit, clock, engine },
    processors: readProcessors(sight, limits),
    frequency: readFrequency(sight),
    memory: readMemory(sight, limits),
    disk: readDisk(sight, modelsDir),
    npus: readNpus(sight),
    listeners: readListeners(sight),
    openFiles: readOpenFiles(sight),
    hugePages: readHugePages(sight),
    controlGroups: readControlGroups(sight),
    certificate: readCertificate(sight, purpose.certificateFile),
    bridge: surroundings.place === 'container' ? bridgeGateway(sight) : undefined,
  };
};

/** A folder that is not made yet will lie where the nearest one above it does. */
const nearest = (sight: Sight, folder: string): string => {
  const parts = folder.split('/');
  for (let length = parts.length; length > 1; length -= 1) {
    const path = parts.slice(0, length).join('/');
    if (path !== '' && sight.follow(path) !== undefined) return path;
  }
  return '/';
};
