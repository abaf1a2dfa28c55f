import { dataPaths } from '../../core/config/paths.ts';
import { type KeyStore, openKeyStore } from '../../services/inference/auth/key-store.ts';
import { ensureLocalKeys } from '../../services/inference/auth/local-keys.ts';
import { localUser, withTrail } from './trail.ts';

/** Reads the keys and revocations of a data folder. */
export const readCredentialStore = async <T>(data: string, read: (store: KeyStore) => T): Promise<T> => {
  const paths = dataPaths(data);
  const { pepper } = await ensureLocalKeys(paths.keys);
  const store = openKeyStore({ file: paths.authDb, pepper, now: Date.now });
  try {
    return read(store);
  } finally {
    store.close();
  }
};

/** Changes them. What was done is on record before it resolves, by this process or by a service that was faster. */
export const changeCredentialStore = <T>(data: string, change: (store: KeyStore) => T): Promise<T> =>
  withTrail(data, (trail) =>
    readCredentialStore(data, (store) => {
      const result = change(store);
      store.takeEvents(({ at, action, details }) =>
        trail.append(action, { ...localUser(), 'event.created': new Date(at).toISOString(), labels: details }),
      );
      return result;
    }),
  );
