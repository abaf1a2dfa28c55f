import { createRedactor } from '../../services/inference/redact/create-redactor.ts';
import { rulesOf } from '../../services/inference/redact/packs/packs.ts';
import type { Redactor } from '../../services/inference/redact/redactor.ts';
import type { Finder } from './score.ts';

/** The redactor with every pack on and every rule masking: the one that is judged. */
export const redactorOfAllPacks = (): Redactor => createRedactor({ rules: rulesOf() });

/** What it finds. */
export const finderOf =
  (redactor: Redactor): Finder =>
  (text) =>
    redactor.redact(text).findings;
