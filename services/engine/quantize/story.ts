import type { QuantizeResult } from './job.ts';

type Fallback = QuantizeResult['fallbacks'][number];

const FALLBACK =
  /warning: (\S+)\s+- ncols\s+(\d+) not divisible by\s+\d+ \(required for type\s+(\w+)\s*\)[^\n]*?-> falling back to\s+(\w+)/g;
const PROGRESS = /^\[\s*(\d+)\/\s*(\d+)\]/;
const FAILURE = /failed to quantize: (.+)/;

/** The tensors that became another type than was asked for, from what llama.cpp logged. */
export const fallbacksIn = (story: string): Fallback[] =>
  [...story.matchAll(FALLBACK)].map(([, tensor = '', columns, wanted = '', got = '']) => ({
    tensor,
    columns: Number(columns),
    wanted,
    got,
  }));

/** How far the quantiser is when it logs this line; `undefined` for lines about something else. */
export const progressIn = (line: string): number | undefined => {
  const [, done, all] = PROGRESS.exec(line) ?? [];
  return done === undefined ? undefined : Number(done) / Number(all);
};

/** Why it gave up, in its own words. */
export const failureIn = (story: string): string => FAILURE.exec(story)?.[1]?.trim() ?? 'it gave no reason';
