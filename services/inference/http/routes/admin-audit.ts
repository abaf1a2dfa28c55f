import type { Logger } from '../../../../core/telemetry/log.ts';
import type { Asked } from './generation.ts';

/** Where changes made through the API are written down. */
export type Audit = Pick<Logger, 'info'>;

/** What all administration routes have in common. */
export const ADMIN_ROUTE = { tag: 'Administration', access: 'admin', dialect: 'native' } as const;

/** Who made a change, for its audit line. */
export const whoOf = ({ caller, requestId }: Pick<Asked, 'caller' | 'requestId'>) => ({
  'http.request.id': requestId,
  'client.ip': caller.address,
  'user.id': caller.keyId,
});
