import { readdirSync, readFileSync } from 'node:fs';

/**
 * Files that the kernel answers from its memory (`/proc`, control groups): they cannot hang, and reading them at once costs
 * a tenth of a trip through the thread pool. Handed in so that a test can feed captures.
 */
export interface KernelFiles {
  /** Undefined for what is not there, or not for us. */
  read(path: string): string | undefined;
  /** Empty for what is not there. */
  list(path: string): readonly string[];
}

export const systemKernelFiles: KernelFiles = {
  read(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  },
  list(path) {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  },
};
