import { type AnnouncedName, type ProcessRun, readProcessRun } from '../../core/config/run-file.ts';
import { isAlive } from './is-alive.ts';

/** A component of the health page of `clawdbot status`. */
export type CompanionHealth = Pick<ProcessRun, 'url' | 'pid'> & {
  /** `restarting`: it ended without being asked to, and the supervisor starts it again. */
  readonly status: 'running' | 'restarting';
};

/** How a process beside the gateway does (`dir` is `dataPaths(data).run`); undefined where none runs. */
export const companionHealth = (dir: string, name: AnnouncedName): CompanionHealth | undefined => {
  const run = readProcessRun(dir, name);
  return run && { status: isAlive(run.pid) ? 'running' : 'restarting', url: run.url, pid: run.pid };
};
