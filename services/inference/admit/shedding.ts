import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { Priority } from '../../engine/protocol/generation.ts';
import { shedding } from './refusals.ts';

/** Whether requests of the lowest priority are refused now. */
export interface SheddingView {
  readonly isOn: boolean;
  /** When it ends by itself; absent while it is off. */
  readonly expiresInMs?: number;
  readonly reason?: string;
}

export interface Shedding {
  view(): SheddingView;
  /** On for a while; 0: off. It always ends by itself, because whoever set it may be gone by then. */
  set(forMs: number, reason?: string): void;
  refusal(priority: Priority): ServiceError | undefined;
}

/** Advice to those refused: what they lack is capacity, and that may come long before the end. */
const MAX_RETRY_SECONDS = 30;

/** Keeps out what is least missed while there is too much of everything. */
export const createShedding = (now: () => number): Shedding => {
  let until = 0;
  let why: string | undefined;
  const leftMs = () => Math.max(0, until - now());
  return {
    view() {
      const expiresInMs = leftMs();
      if (expiresInMs === 0) return { isOn: false };
      return { isOn: true, expiresInMs, ...(why === undefined ? {} : { reason: why }) };
    },
    set(forMs, reason) {
      until = forMs === 0 ? 0 : now() + forMs;
      why = reason;
    },
    refusal(priority) {
      if (priority !== 'low' || until === 0) return undefined;
      const left = leftMs();
      return left === 0 ? undefined : shedding(Math.min(MAX_RETRY_SECONDS, Math.ceil(left / 1000)));
    },
  };
};
