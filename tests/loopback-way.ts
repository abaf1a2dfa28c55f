import type { EgressRow } from '../core/egress/policy.ts';
import { createWayOut, type WayOut } from '../core/egress/way-out.ts';

const HOSTS = ['localhost', '127.0.0.1', '::1'];

/** Rows that reach this machine and nothing else, for tests whose far side is a server of their own. */
export const loopbackRows = (purpose: EgressRow['purpose']): readonly EgressRow[] =>
  HOSTS.map((host) => ({ host, purpose, dataClass: 'prompt' }));

/** A way out that ends at the edge of this machine. */
export const loopbackWay = (purpose: EgressRow['purpose']): WayOut => createWayOut({ rows: loopbackRows(purpose) });

/** The same for downloads. */
export const loopbackDownloads = () => ({ out: loopbackWay('model-download'), implied: true });
