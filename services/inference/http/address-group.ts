import { BlockList, isIPv6 } from 'node:net';

const MAPPED = '::ffff:';
const NETWORK_GROUPS = 4;

/**
 * Names whom a connection is counted for: an IPv4 address, or the /64 of an IPv6 one, because whoever has one address of
 * a /64 has them all. Undefined for a trusted proxy.
 */
export const createAddressGroups = (trustedProxies: readonly string[]): ((address: string) => string | undefined) => {
  const trusted = new BlockList();
  for (const network of trustedProxies) {
    const [base = '', length] = network.split('/');
    trusted.addSubnet(base, Number(length), isIPv6(base) ? 'ipv6' : 'ipv4');
  }
  return (given) => {
    const address = given.startsWith(MAPPED) && given.includes('.') ? given.slice(MAPPED.length) : given;
    const isV6 = isIPv6(address);
    if (trusted.check(address, isV6 ? 'ipv6' : 'ipv4')) return undefined;
    return isV6 ? networkOf(address) : address;
  };
};

const networkOf = (address: string): string => {
  const [left = '', right] = (address.split('%')[0] ?? '').split('::');
  const head = left === '' ? [] : left.split(':');
  if (right === undefined) return head.slice(0, NETWORK_GROUPS).join(':');
  const tail = right === '' ? [] : right.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...zeros, ...tail].slice(0, NETWORK_GROUPS).join(':');
};
