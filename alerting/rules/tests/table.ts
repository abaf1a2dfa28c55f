import type { AlertName } from '../../../core/config/alert-names.ts';
import { ACCELERATORS } from './accelerators.ts';
import { ACCESS } from './access.ts';
import { ENGINES } from './engines.ts';
import { HOST } from './host.ts';
import type { Proof } from './proof.ts';
import { SLO } from './slo.ts';
import { TELEMETRY } from './telemetry.ts';
import { TIERS } from './tiers.ts';
import { WATCHERS } from './watchers.ts';

/** What proves each alert: a proof for each of its rules. */
export const PROOFS: Readonly<Record<AlertName, readonly Proof[]>> = {
  ...TIERS,
  ...ENGINES,
  ...SLO,
  ...ACCELERATORS,
  ...HOST,
  ...ACCESS,
  ...TELEMETRY,
  ...WATCHERS,
};
