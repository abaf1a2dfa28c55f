import type { Logger } from '../../../core/telemetry/log.ts';
import type { KeyRing } from './key-ring.ts';
import type { KeyStore } from './key-store.ts';
import type { Revocations } from './revocations.ts';

interface Options {
  readonly store: Pick<KeyStore, 'version' | 'takeEvents' | 'purgeRevocations'>;
  readonly ring: Pick<KeyRing, 'reload' | 'flush'>;
  readonly revocations: Pick<Revocations, 'reload'>;
  readonly audit: Pick<Logger, 'info'> | undefined;
  readonly onError: (error: unknown) => void;
  readonly pollMs?: number;
}

const POLL_MS = 500;
/** About an hour of polls. */
const PURGE_EVERY = 7200;

/** Keeps keys and revocations true to the database, which other processes write, and audits what they did. */
export const followStore = (options: Options): { stop(): void } => {
  const { store, ring, revocations, audit, onError, pollMs = POLL_MS } = options;
  let version: number | undefined;
  let polls = 0;

  const tellAudit = () => {
    if (audit === undefined) return;
    store.takeEvents(({ at, action, by, details }) =>
      audit.info(action, { 'user.id': `local:${by}`, 'event.created': new Date(at).toISOString(), labels: details }),
    );
  };
  const poll = () => {
    ring.flush();
    if (polls++ % PURGE_EVERY === 0) store.purgeRevocations();
    const current = store.version();
    if (current === version) return;
    ring.reload();
    revocations.reload();
    tellAudit();
    version = current;
  };
  const guarded = () => {
    try {
      poll();
    } catch (error) {
      onError(error);
    }
  };
  guarded();
  const timer = setInterval(guarded, pollMs);
  return {
    stop() {
      clearInterval(timer);
      try {
        ring.flush();
      } catch (error) {
        onError(error);
      }
    },
  };
};
