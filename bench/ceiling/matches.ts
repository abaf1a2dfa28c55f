import type { BenchModel } from '../models/models.ts';
import type { Bar, SuiteOptions } from '../suite.ts';
import { batchedBenchSide, CONTEXT, type Contestant, engineSide, SLOTS, startEngine } from './sides.ts';

/** Two sides that are compared with 1, 4, 8 and 16 sequences at once. */
export interface Match {
  /** Cases are called this and the number of sequences. */
  readonly prefix: string;
  readonly bar?: Bar;
  readonly start: (model: BenchModel, options: SuiteOptions, life: AsyncDisposableStack) => Promise<Sides>;
}

export interface Sides {
  readonly ours: Contestant;
  readonly theirs: Contestant;
}

/** The engine process, without HTTP, against llama.cpp's own loop, which neither samples nor writes text. */
const CEILING: Match = {
  prefix: 'p',
  bar: { relation: 'atLeast', value: 0.95, aim: 1 },
  async start(model, options, life) {
    const open = async () => engineSide(life.use(await startEngine(model, options.threads)), model, options);
    const ours = await open();
    return { ours, theirs: options.peer === 'clawdbot' ? await open() : await batchedBenchSide(model, options) };
  },
};

const POOL_CELLS = SLOTS * CONTEXT;
/** What is left for the answers that run. */
const ROOM = 4096;
const PREFIX_TOKENS = 1024;

/** One pool for all slots, full of kept prefixes but for what the answers need, against the same pool with none. */
const FULL_POOL: Match = {
  prefix: 'full-pool-p',
  async start(model, options, life) {
    const open = async (prefixCacheTokens: number) => {
      const settings = { kvLayout: 'pool', prefixCacheTokens, prefixCacheBytes: 0 };
      return life.use(await startEngine(model, options.threads, settings));
    };
    const kept = options.isSmoke ? PREFIX_TOKENS : POOL_CELLS - ROOM;
    const full = await open(kept);
    for (let index = 0; index < kept / PREFIX_TOKENS; index += 1) {
      await full.run([model.prompt(PREFIX_TOKENS, `kept ${index}`)], 1);
    }
    return { ours: engineSide(full, model, options), theirs: engineSide(await open(0), model, options) };
  },
};

export const MATCHES: readonly Match[] = [CEILING, FULL_POOL];
