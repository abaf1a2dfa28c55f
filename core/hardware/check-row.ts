import type { CheckName, Wanted } from './check.ts';
import type { Facts, Purpose } from './facts.ts';
import type { Finding } from './judge.ts';

/** One line of the product's table, and how it is judged. */
export interface CheckRow {
  readonly name: CheckName;
  readonly title: string;
  readonly minimum: Wanted;
  readonly recommended: Wanted;
  readonly look: (facts: Facts, purpose: Purpose) => Finding;
}
