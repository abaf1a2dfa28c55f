import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { type Tuning, tuningOf } from '../../alerting/rules/tuning.ts';
import { configSchema } from '../../core/config/schema.ts';
import { alerts } from './alerts.ts';
import { capacity } from './capacity.ts';
import { hardware } from './hardware.ts';
import { inference } from './inference.ts';
import { logs } from './logs.ts';
import { overview } from './overview.ts';
import { reliability } from './reliability.ts';
import { security } from './security.ts';

/** A board and the file of `dashboards/json/` that holds it. */
export interface Built {
  readonly file: string;
  readonly dashboard: Dashboard;
}

/** Every board, with the limits that alerts have under a configuration. */
export const buildBoards = (tuning: Tuning): readonly Built[] =>
  [overview, inference, hardware, capacity, reliability, security, logs, alerts].map((build) => {
    const dashboard = build(tuning);
    return { file: `${dashboard.uid}.json`, dashboard };
  });

/** Those that are shipped: the limits are the defaults. */
export const BOARDS_BUILT: readonly Built[] = buildBoards(tuningOf(configSchema.parse({})));
