import type { AlertName } from '../../core/config/alert-names.ts';
import { ACCELERATORS } from './accelerators.ts';
import { ACCESS } from './access.ts';
import { BOARDS } from './boards.ts';
import { ENGINES } from './engines.ts';
import type { Alert, RuleGroup } from './entry.ts';
import { HOST } from './host.ts';
import { SLO } from './slo.ts';
import { TELEMETRY } from './telemetry.ts';
import { TIERS } from './tiers.ts';
import { WATCHERS } from './watchers.ts';

/** Every rule file of ours. */
export const GROUPS: readonly RuleGroup[] = [
  TIERS,
  ENGINES,
  SLO,
  ACCELERATORS,
  HOST,
  ACCESS,
  TELEMETRY,
  WATCHERS,
  BOARDS,
];

/** Every alert, in the order of its group. */
export const ALERTS: readonly Alert[] = GROUPS.flatMap(({ alerts }) => alerts);

/** Which alerts say nothing new while another fires in the same job: what Alertmanager's inhibition is made from. */
export const INHIBITIONS: ReadonlyMap<AlertName, readonly AlertName[]> = new Map(
  [...new Set(ALERTS.flatMap(({ symptomOf = [] }) => symptomOf))].map((cause) => [
    cause,
    ALERTS.filter(({ symptomOf = [] }) => symptomOf.includes(cause)).map(({ name }) => name),
  ]),
);
