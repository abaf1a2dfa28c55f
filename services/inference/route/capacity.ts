import type { Another } from './another.ts';
import type { Pools } from './create-pools.ts';
import type { DeviceUse, DeviceWatch } from './devices/watch.ts';

/** What the engines of this machine have, and whether one more replica of each model would find something free. */
export interface Capacity {
  /** CPU threads of all engines together, and those that replicas have. */
  readonly threads: { readonly total: number; readonly used: number };
  readonly devices: readonly DeviceUse[];
  readonly another: ReadonlyMap<string, Another>;
}

/** Looks at it now. */
export const capacityOf = async (
  { pools, threads: { total, used } }: Pools<unknown>,
  devices: DeviceWatch,
): Promise<Capacity> => {
  await devices.lookWhenDue();
  const another = new Map<string, Another>();
  for (const [model, pool] of pools) another.set(model, await pool.another());
  return { threads: { total, used }, devices: devices.overview(), another };
};
