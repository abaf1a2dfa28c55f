import { ServiceError } from '../../../core/errors/service-error.ts';

/** The memory all bodies that are being received may take together. */
export interface BodyBudget {
  take(bytes: number): void;
  giveBack(bytes: number): void;
  readonly isSpent: boolean;
  refusal(): ServiceError;
}

/** Counts the bytes of bodies: each is small enough, but thousands at once need not be. */
export const createBodyBudget = (maxBodiesBytes: number): BodyBudget => {
  let held = 0;
  return {
    take(bytes) {
      held += bytes;
    },
    giveBack(bytes) {
      held -= bytes;
    },
    get isSpent() {
      return held > maxBodiesBytes;
    },
    refusal() {
      const message = `body: expected all bodies together below ${maxBodiesBytes} bytes, got more now; try again`;
      return new ServiceError('ERR_HTTP_BODIES_FULL', message, { details: { maxBodiesBytes } });
    },
  };
};
