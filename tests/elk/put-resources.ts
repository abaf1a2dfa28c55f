import type { Resource } from '../../elk/resource.ts';
import type { StoreClient } from './store-client.ts';

/** Puts resources as they are, in their order; a store that refuses one says why. */
export const putResources = async (client: StoreClient, resources: readonly Resource[]): Promise<void> => {
  for (const { put } of resources) await client.ask(put.method, put.path, put.body);
};
