import { createEgress } from '../../core/egress/egress.ts';
import { gateTo } from '../../core/egress/policy.ts';
import { isAlive } from '../local/is-alive.ts';
import { type ProgramName, type ProgramRun, readProgramRun } from './run-file.ts';

/** A component of the health page of `clawdbot status`. */
export type ProgramHealth = Pick<ProgramRun, 'url' | 'pid' | 'program'> & {
  /** `starting`: it reads what it kept; `restarting`: it ended, and the supervisor starts it again. */
  readonly status: 'ready' | 'starting' | 'restarting';
};

const TIMEOUT_MS = 2000;

/** How a program of a data folder does (`dir` is `dataPaths(data).run`); undefined where no supervisor has one. */
export const programHealth = async (dir: string, name: ProgramName): Promise<ProgramHealth | undefined> => {
  const run = readProgramRun(dir, name);
  if (run === undefined) return undefined;
  const { url, pid, program } = run;
  return { status: await statusOf(run), url, pid, program };
};

const statusOf = async ({ pid, url }: ProgramRun): Promise<ProgramHealth['status']> => {
  if (!isAlive(pid)) return 'restarting';
  const egress = createEgress({ gate: gateTo(new URL(url)), headersTimeoutMs: TIMEOUT_MS, bodyTimeoutMs: TIMEOUT_MS });
  try {
    const { statusCode, body } = await egress.send(new URL('/-/ready', url), { method: 'GET' });
    await body.dump();
    return statusCode === 200 ? 'ready' : 'starting';
  } catch {
    return 'starting';
  } finally {
    await egress.retire();
  }
};
