import { totalmem } from 'node:os';

/** What a model may use of this machine. */
export interface Machine {
  /** Memory of the machine, or of the container where that has less. */
  readonly memoryBytes: number;
  /** Memory of the largest accelerator; absent where none is known. */
  readonly vramBytes?: number;
  /** Free space where models are kept; absent where it was not looked at. */
  readonly diskBytes?: number;
}

/** The memory of this machine; accelerators and disk are for the caller to add. */
export const thisMachine = (): Machine => {
  const limit = process.constrainedMemory();
  const total = totalmem();
  return { memoryBytes: limit > 0 && limit < total ? limit : total };
};
