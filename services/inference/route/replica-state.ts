import { ERROR_CODES, type ErrorCode } from '../../../core/errors/codes.ts';
import type { LoadedModel } from '../../engine/protocol/messages.ts';

/** Why a replica does not answer, and when it is tried again. */
export interface Trouble {
  readonly reason: string;
  readonly code: ErrorCode;
  /** In the milliseconds of the clock. */
  readonly retryAt: number;
}

export type ReplicaState =
  /** The process runs and has said nothing yet. */
  | { readonly kind: 'starting' }
  /** Share of the load that is done, 0 to 1. */
  | { readonly kind: 'loading'; readonly ratio: number }
  | { readonly kind: 'ready'; readonly model: LoadedModel }
  /** Takes nothing new, finishes what it has, then stops. */
  | { readonly kind: 'draining'; readonly model: LoadedModel }
  /** Its process ended unasked; another one starts in a moment. */
  | ({ readonly kind: 'restarting' } & Trouble)
  /** Starting again at once would be pointless; it is tried again later. */
  | ({ readonly kind: 'failed' } & Trouble)
  | { readonly kind: 'stopped' };

/** Every state, for gauges that report each of them. */
export const REPLICA_KINDS = [
  'starting',
  'loading',
  'ready',
  'draining',
  'restarting',
  'failed',
  'stopped',
] as const satisfies readonly ReplicaState['kind'][];

/** A process of this age has proved itself: the next wait before a restart is short again. */
export const STABLE_MS = 60_000;

/** After this many failures in a row requests no longer wait for the next attempt. */
const PATIENCE = 4;

/** The state after an end nobody asked for. */
export const afterEnd = (failuresInRow: number, trouble: Trouble): ReplicaState =>
  failuresInRow > PATIENCE || isDefinite(trouble.code)
    ? { kind: 'failed', ...trouble }
    : { kind: 'restarting', ...trouble };

/** Trying again cannot mend it before somebody changes a file, a device or the configuration. */
export const isDefinite = (code: ErrorCode): boolean => !ERROR_CODES[code].retryable || code === 'ERR_ROUTE_DEVICE';

/** Is a request better off waiting for this replica than being refused? */
export const isComing = ({ kind }: ReplicaState): boolean =>
  kind === 'starting' || kind === 'loading' || kind === 'restarting';

/** Has it had its last request? */
export const isLeaving = ({ kind }: ReplicaState): boolean => kind === 'draining' || kind === 'stopped';

/** Does a process of it run, or will one in a moment? Such a replica keeps its share of the threads. */
export const isAlive = ({ kind }: ReplicaState): boolean => kind !== 'failed' && kind !== 'stopped';
