import type { Log, Logger } from '../telemetry/log.ts';
import type { AuditTrail } from './trail.ts';

/** The trail as a logger, for whoever records a change with a line; a record has no level. */
export const trailLogger = (trail: Pick<AuditTrail, 'append'>): Logger => {
  const log: Log = (action, fields, message) => trail.append(action, fields, message);
  return { trace: log, debug: log, info: log, warn: log, error: log };
};
