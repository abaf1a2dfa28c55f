import { userInfo } from 'node:os';
import { type AuditTrail, openTrail } from '../../core/audit/trail.ts';
import { dataPaths } from '../../core/config/paths.ts';
import { configSchema } from '../../core/config/schema.ts';
import { VERSION } from '../version.ts';

/**
 * Runs `act` with the audit trail of a data folder, which a service may be writing at the same time. Whatever `act`
 * recorded is on the disk, under a signed head, when it resolves; where it cannot be, it rejects.
 */
export const withTrail = async <T>(data: string, act: (trail: AuditTrail) => T | Promise<T>): Promise<T> => {
  const { audit, keys } = dataPaths(data);
  const trail = await openTrail({
    dir: audit,
    keysDir: keys,
    serviceName: 'clawdbot',
    version: VERSION,
    config: configSchema.parse({}).audit,
    report: () => undefined,
    isVisitor: true,
  });
  try {
    const result = await act(trail);
    await trail.flush();
    return result;
  } finally {
    await trail.stop();
  }
};

/** Who works at the command line, as a record says it: the user of the system, since nobody proved more. */
export const localUser = (): Readonly<Record<string, unknown>> => ({
  'user.id': `local:${userName()}`,
  'labels.source': 'cli',
});

/** The user of the system. */
export const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no name belongs to.
    return String(process.getuid?.() ?? 'unknown');
  }
};
