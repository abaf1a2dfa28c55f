import { join } from 'node:path';
import type { KernelFiles } from './kernel-files.ts';
import { kindOf } from './process/kind.ts';

/**
 * Where the tree of our processes begins: the supervisor that started this one, or the gateway that announces itself in the
 * data folder, and this process itself.
 */
export const rootsOfOurs = (files: KernelFiles, runDir: string, supervisor: number | undefined): readonly number[] => {
  const announced = Number(/"pid":\s*(\d+)/.exec(files.read(join(runDir, 'gateway.json')) ?? '')?.[1]);
  // Its id may belong to somebody else by now.
  const isGateway = Number.isInteger(announced) && kindOf(files.read(`/proc/${announced}/cmdline`) ?? '') === 'gateway';
  return [...(supervisor === undefined ? [] : [supervisor]), ...(isGateway ? [announced] : []), process.pid];
};
