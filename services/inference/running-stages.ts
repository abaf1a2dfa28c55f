import type { DataPaths } from '../../core/config/paths.ts';
import type { Config } from '../../core/config/schema.ts';
import type { Loggers } from '../../core/telemetry/log.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.ts';
import type { Admission } from './admit/admission.ts';
import type { Auth } from './auth/auth.ts';
import type { Cache } from './cache/cache.ts';
import type { LeaveControl } from './leave-control.ts';
import type { ModelFacts } from './models/facts.ts';
import type { GatewayTraces } from './open-traces.ts';
import type { Redaction } from './redact/stage/redaction.ts';
import type { Route } from './route/route.ts';

/** The stages of a running gateway, as whoever assembles them hands them around. */
export interface RunningStages {
  readonly config: Config;
  readonly log: Loggers;
  readonly telemetry: Telemetry;
  readonly traces: GatewayTraces;
  readonly auth: Auth;
  readonly redaction: Redaction;
  readonly route: Route<ModelFacts>;
  readonly admission: Admission;
  readonly cache: Cache;
  readonly leave: LeaveControl;
  readonly paths: DataPaths;
  /** Epoch milliseconds, through steps of the clock: what deadlines, windows and lifetimes are reckoned in. */
  readonly steadyNow: () => number;
}
