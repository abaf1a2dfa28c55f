import { readFileSync } from 'node:fs';
import type { ActionsRun } from '../../alerting/actions/supervision.ts';
import { dataPaths } from '../../core/config/paths.ts';
import { readProcessRun } from '../../core/config/run-file.ts';
import { createEgress, type Egress } from '../../core/egress/egress.ts';
import { gateTo } from '../../core/egress/policy.ts';
import { isAlive } from './is-alive.ts';

/** A component of the health page of `clawdbot status`. */
export type ActionsHealth = {
  readonly status: string;
  readonly url: string;
  readonly pid: number;
  readonly pending?: number;
};

const TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 16_777_216;

/** The actions process of a data folder; undefined where none runs. */
export const findActions = (data: string): ActionsRun | undefined => {
  const run = readProcessRun<ActionsRun>(dataPaths(data).run, 'actions');
  return run !== undefined && isAlive(run.pid) ? run : undefined;
};

/** One question to its API, as whoever may read the data folder. */
export const askActions = async (
  data: string,
  run: ActionsRun,
  path: string,
): Promise<{ readonly status: number; readonly body: unknown }> => {
  const egress = openEgress(run);
  try {
    const authorization = `Bearer ${readFileSync(dataPaths(data).actionsHookToken, 'utf8').trim()}`;
    const answer = await egress.request(new URL(path, run.url), { method: 'GET', headers: { authorization } });
    return { status: answer.status, body: JSON.parse(await answer.readText(MAX_ANSWER_BYTES)) };
  } finally {
    await egress.close();
  }
};

/** How it does; undefined where none runs. */
export const actionsHealth = async (data: string): Promise<ActionsHealth | undefined> => {
  const run = findActions(data);
  if (run === undefined) return undefined;
  const { url, pid } = run;
  try {
    // Safe: the document of our own process; shown, never acted on.
    const { status, pending } = (await askActions(data, run, '/health')).body as Pick<
      ActionsHealth,
      'status' | 'pending'
    >;
    return { status, ...(pending === undefined ? {} : { pending }), url, pid };
  } catch {
    return { status: 'unreachable', url, pid };
  }
};

/** With a certificate of its own, it is that very one that is expected, whatever name it is for. */
const openEgress = ({ url, certFile }: ActionsRun): Egress =>
  createEgress({
    gate: gateTo(new URL(url)),
    ...{ headersTimeoutMs: TIMEOUT_MS, bodyTimeoutMs: TIMEOUT_MS },
    ...(certFile === undefined ? {} : { pinned: readFileSync(certFile, 'utf8') }),
  });
