import { LRUCache } from 'lru-cache';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { clientAddress, compileNetworks, type Networks } from './addresses.ts';

/** Decides by address alone who may knock. */
export interface Gatehouse {
  /** The normalised client address; throws ERR_AUTH_ADDRESS outside the allow-list. */
  check(remote: string, forwardedFor: string | undefined): string;
  /** Replaces the allow-list. */
  update(allow: readonly string[]): void;
}

const REMEMBERED_PEERS = 1000;

/** Compiles the allow-list and the trusted proxies. */
export const createGatehouse = (allow: readonly string[], trustedProxies: readonly string[]): Gatehouse => {
  const proxies = compileNetworks(trustedProxies);
  let networks: Networks = compileNetworks(allow);
  // Parsing and matching an address costs more than the rest of a cached check; connections repeat theirs.
  const passed = new LRUCache<string, string>({ max: REMEMBERED_PEERS });

  return {
    check(remote, forwardedFor) {
      const isDirect = forwardedFor === undefined || proxies.isEmpty;
      const known = isDirect ? passed.get(remote) : undefined;
      if (known !== undefined) return known;
      const address = clientAddress(remote, forwardedFor, proxies);
      if (address === undefined || !networks.has(address)) throw refused();
      if (isDirect) passed.set(remote, address);
      return address;
    },
    update(next) {
      networks = compileNetworks(next);
      passed.clear();
    },
  };
};

const refused = () =>
  new ServiceError(
    'ERR_AUTH_ADDRESS',
    'address: expected one inside `auth.allow`, got another; ask the operator to add your network',
  );
