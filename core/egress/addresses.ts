import { BlockList, isIP } from 'node:net';

type Range = readonly [network: string, prefix: number];

/** IPv4 networks that are not the public internet (IANA special-purpose registry and multicast). */
const NON_PUBLIC_IPV4: readonly Range[] = [
  ['0.0.0.0', 8], // this network, unspecified
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, cloud metadata
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
];

/** Inside 2000::/3, the only IPv6 space in public use; all other IPv6 addresses are refused without a list. */
const NON_PUBLIC_IPV6: readonly Range[] = [
  ['2001::', 23], // protocol assignments: Teredo, benchmarks, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: carries an IPv4 address of anyone's choice
  ['3fff::', 20], // documentation
];

const blockListOf = (ranges: readonly Range[], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, family);
  return list;
};

const nonPublicIpv4 = blockListOf(NON_PUBLIC_IPV4, 'ipv4');
const nonPublicIpv6 = blockListOf(NON_PUBLIC_IPV6, 'ipv6');
const globalIpv6 = blockListOf([['2000::', 3]], 'ipv6');

/**
 * True for an address anyone on the internet may own. IPv6 forms that carry an IPv4 address (mapped, NAT64, 6to4,
 * Teredo) are not public whatever they carry, and neither is anything that is not a plain address.
 */
export const isPublicAddress = (address: string): boolean => {
  const family = isIP(address);
  if (family === 4) return !nonPublicIpv4.check(address, 'ipv4');
  if (family !== 6 || address.includes('%')) return false;
  return globalIpv6.check(address, 'ipv6') && !nonPublicIpv6.check(address, 'ipv6');
};

/** Membership in a list of CIDR networks; an IPv4-mapped address counts as the IPv4 address it carries. */
export const createNetworks = (cidrs: readonly string[]): { has(address: string): boolean } => {
  // Two lists, because one BlockList would let `::/0` match every IPv4 address too.
  const ipv4 = new BlockList();
  const ipv6 = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', prefix] = cidr.split('/');
    if (isIP(network) === 6) ipv6.addSubnet(network, Number(prefix), 'ipv6');
    else ipv4.addSubnet(network, Number(prefix), 'ipv4');
  }
  return {
    has: (address) => {
      const family = isIP(address);
      if (family === 0 || address.includes('%')) return false;
      if (family === 4) return ipv4.check(address, 'ipv4');
      return ipv6.check(address, 'ipv6') || ipv4.check(address, 'ipv6');
    },
  };
};
