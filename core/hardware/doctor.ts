import { ACCELERATOR_CHECKS } from './accelerator-checks.ts';
import type { Check } from './check.ts';
import type { CheckRow } from './check-row.ts';
import { type Facts, type Purpose, readFacts } from './facts.ts';
import { HOST_CHECKS } from './host-checks.ts';
import { MACHINE_CHECKS } from './machine-checks.ts';
import type { Sight } from './sight.ts';
import type { Surroundings } from './surroundings.ts';

/** What the doctor says of a machine. */
export interface Report {
  readonly surroundings: Surroundings;
  readonly checks: readonly Check[];
}

const ROWS: readonly CheckRow[] = [...MACHINE_CHECKS, ...ACCELERATOR_CHECKS, ...HOST_CHECKS];

/** Looks at the machine and judges it against the product's table. Changes nothing, asks no other machine, needs no rights. */
export const runDoctor = async (sight: Sight, purpose: Purpose): Promise<Report> => {
  const facts = await readFacts(sight, purpose);
  return { surroundings: facts.surroundings, checks: judge(facts, purpose) };
};

/** Every check, in the order of its table. */
export const judge = (facts: Facts, purpose: Purpose): readonly Check[] =>
  ROWS.map(({ name, title, minimum, recommended, look }) => ({
    ...{ name, title, minimum, recommended },
    ...look(facts, purpose),
  }));
