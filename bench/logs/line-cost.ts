import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runRounds, type Sample } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Bar, Comparison, SuiteOptions } from '../suite.ts';
import type { LinePlan, LineSlice } from './line-writer.ts';

const WRITER = fileURLToPath(new URL('line-writer.ts', import.meta.url));
const SIDES = ['on', 'off'] as const;
type Side = (typeof SIDES)[number];
const CPU = 'CPU us/line';
const ADDED = { measure: CPU, of: 'on', against: 'off', as: 'difference' } as const;
/** About what a gateway with a scripted engine answers on two cores. */
const PER_SECOND = 1000;
const MIN_ROUNDS = 20;
const MAX_ROUNDS = 200;

type Options = SuiteOptions & { readonly deadline: number; readonly bar?: Bar };

/** What writing a line costs where nothing else goes on: a few microseconds, which a whole request would hide in its own noise. */
export const measureLine = async ({ isSmoke, minRounds, maxRounds, deadline, bar }: Options): Promise<Comparison> => {
  const dir = mkdtempSync(join(tmpdir(), 'clawdbot-bench-line-'));
  const writer = fork(WRITER, { execArgv: [] });
  const ended = once(writer, 'exit').then(([code]): never => {
    throw new Error(`the writer of lines ended with ${code}`);
  });
  ended.catch(() => {}); // it ends after its last slice, too
  const ask = async (message: LinePlan | LineSlice): Promise<unknown> => {
    const answer = once(writer, 'message');
    writer.send(message);
    return (await Promise.race([answer, ended]))[0];
  };
  try {
    await ask({ dir });
    const plan = isSmoke ? { lines: 50, perSecond: 1000 } : { lines: PER_SECOND, perSecond: PER_SECOND };
    const measure = async (side: Side): Promise<Sample> => ({
      [CPU]: Number(await ask({ ...plan, isWritten: side === 'on' })),
    });
    for (const side of SIDES) await measure(side);
    const rounds = await runRounds<Side>({
      ...{ variants: SIDES, measure, judged: [ADDED], deadline, now: () => performance.now() },
      ...{ minRounds: minRounds ?? MIN_ROUNDS, maxRounds: maxRounds ?? MAX_ROUNDS },
    });
    const about = { model: 'a line alone', case: 'writing' };
    return compare(rounds, ADDED, bar === undefined ? about : { ...about, bar });
  } finally {
    writer.kill();
    await ended.catch(() => {});
    rmSync(dir, { recursive: true, force: true });
  }
};
