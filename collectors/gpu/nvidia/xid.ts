import { closeSync, constants, openSync, readSync } from 'node:fs';

/** One error that the NVIDIA driver wrote into the kernel log. */
export interface XidEvent {
  /** `0000:83:00` */
  readonly bus: string;
  readonly code: number;
}

/** The XID in a record of the kernel log, if it holds one. */
export const readXid = (record: string): XidEvent | undefined => {
  const [, bus, code] = /NVRM: Xid \(PCI:([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2})(?:\.\d)?\): (\d+)/i.exec(record) ?? [];
  return bus === undefined || code === undefined
    ? undefined
    : { bus: bus.slice(-10).toLowerCase(), code: Number(code) };
};

/** Where new records come from; `take` gives those since the last call. */
export interface KernelLog {
  take(): readonly string[];
  close(): void;
}

const MAX_RECORD = 8192;
const MAX_RECORDS = 4096;

/** Opens the kernel log behind its present end; undefined where we may not read it. */
export const openKernelLog = (path = '/dev/kmsg'): KernelLog | undefined => {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  const buffer = Buffer.alloc(MAX_RECORD);
  const next = (): string | undefined => {
    try {
      const length = readSync(file, buffer, 0, MAX_RECORD, null);
      return length === 0 ? undefined : buffer.toString('utf8', 0, length);
    } catch (error) {
      // EPIPE: records were overwritten before we came; the next one is there.
      return error instanceof Error && 'code' in error && error.code === 'EPIPE' ? '' : undefined;
    }
  };
  const take = (): string[] => {
    const records: string[] = [];
    for (let record = next(); record !== undefined && records.length < MAX_RECORDS; record = next())
      records.push(record);
    return records;
  };
  while (take().length === MAX_RECORDS);
  return { take, close: () => closeSync(file) };
};

/** Counts the XIDs of each device since it was made. */
export class XidCounter {
  readonly #log: KernelLog | undefined;
  readonly #counts = new Map<string, Map<number, number>>();

  constructor(log: KernelLog | undefined) {
    this.#log = log;
  }

  get isReadable(): boolean {
    return this.#log !== undefined;
  }

  /** Reads what is new. */
  update(): void {
    for (const record of this.#log?.take() ?? []) {
      const event = readXid(record);
      if (event === undefined) continue;
      const counts = this.#counts.get(event.bus) ?? new Map<number, number>();
      this.#counts.set(event.bus, counts.set(event.code, (counts.get(event.code) ?? 0) + 1));
    }
  }

  /** By code; empty for a device without errors. */
  countsOf(bus: string): ReadonlyMap<number, number> {
    return this.#counts.get(bus) ?? new Map();
  }

  close(): void {
    this.#log?.close();
  }
}
