import type { Plugin, Started } from '../core/plugins/plugin.ts';
import type { Logger } from '../core/telemetry/log.ts';
import type { METRICS, ObservedKey, READ_FAILURES } from '../core/telemetry/metrics.ts';
import type { Clock } from './clock.ts';
import type { FileSource } from './files.ts';
import type { ProcessOwners } from './process/owners.ts';
import type { StartProgram } from './program.ts';
import type { Sample } from './sample.ts';

/** The metrics of the collectors' page. */
export type CollectorKey = {
  [K in ObservedKey]: (typeof METRICS)[K] extends { page: 'collectors' | 'every' } ? K : never;
}[ObservedKey];

export type ReadFailure = (typeof READ_FAILURES)[number];

/** What one look came to. A value that is not in a reading is absent: never 0, and never that of an earlier reading. */
export type ReadOutcome<Reading> =
  | { readonly kind: 'read'; readonly reading: Reading; readonly implausible?: number }
  /** Nothing of the kind is on this machine. */
  | { readonly kind: 'absent'; readonly why: string }
  | { readonly kind: 'failed'; readonly reason: ReadFailure; readonly detail: string };

/** Reads one kind of thing. Asked for one reading at a time, never for a second before the first has settled. */
export interface Reader<Reading> extends Started {
  /** How often it wants to be asked; may change while it runs. */
  readonly intervalMs: number;
  /** How often it is asked while what it reads is absent, where that costs next to nothing. */
  readonly lookAgainMs?: number;
  /** A reading that is not there after so long has failed; whoever asks stops waiting. */
  readonly deadlineMs: number;
  /** Never rejects; aborted when nobody waits any more. */
  read(signal: AbortSignal): Promise<ReadOutcome<Reading>>;
}

/** One accelerator, or a slice of one, at one moment. */
export interface AcceleratorReading {
  /** UUID; the bus address where the device has none. Never an index: those change from boot to boot. */
  readonly id: string;
  readonly type: 'gpu' | 'npu';
  readonly vendor: string;
  readonly model: string;
  readonly driverVersion?: string;
  /** The device this is a slice of. */
  readonly parent?: string;
  /** `unknown`: nothing was said about it, which is so for slices. */
  readonly health: 'ok' | 'degraded' | 'failed' | 'unknown';
  readonly samples: readonly Sample[];
}

/** Reads every accelerator of one kind. */
export type AcceleratorReader = Reader<readonly AcceleratorReading[]>;

/** All that a plugin may use of the world. */
export interface CollectorContext {
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly start: StartProgram;
  readonly files: FileSource;
  readonly owners: ProcessOwners;
  readonly log: Logger;
}

export type AcceleratorPlugin<Options> = Plugin<Options, CollectorContext, AcceleratorReader>;

/** What takes a program of its own for each reading is asked this often at most. */
export const PROGRAM_INTERVAL_MS = 10_000;
