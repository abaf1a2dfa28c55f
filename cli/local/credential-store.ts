import { dataPaths } from '../../core/config/paths.ts';
import { type KeyStore, openKeyStore } from '../../services/inference/auth/key-store.ts';
import { ensureLocalKeys } from '../../services/inference/auth/local-keys.ts';

/** Opens the keys and revocations of a data folder for as long as it takes. */
export const withCredentialStore = async (data: string, act: (store: KeyStore) => void): Promise<void> => {
  const paths = dataPaths(data);
  const { pepper } = await ensureLocalKeys(paths.keys);
  const store = openKeyStore({ file: paths.authDb, pepper, now: Date.now });
  try {
    act(store);
  } finally {
    store.close();
  }
};
