import { randomOf } from '../../tests/redaction/random.ts';

/** Numbers by chance that are the same for the same seed. */
export interface Chance {
  /** From 0 to below 1. */
  uniform(): number;
  between(least: number, most: number): number;
  pick<T>(items: readonly T[]): T;
  normal(): number;
  /** How often something happens that is expected so often. */
  poisson(expected: number): number;
}

/** Above it the normal distribution is near enough. */
const LARGE = 40;

export const createChance = (seed: number): Chance => {
  const { next: uniform, pick } = randomOf(`anomaly ${seed}`);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const poisson = (expected: number): number => {
    if (expected <= 0) return 0;
    if (expected > LARGE) return Math.max(0, Math.round(expected + Math.sqrt(expected) * normal()));
    const least = Math.exp(-expected);
    let count = 0;
    for (let product = uniform(); product > least; product *= uniform()) count += 1;
    return count;
  };
  return { uniform, pick, normal, poisson, between: (least, most) => least + (most - least) * uniform() };
};
