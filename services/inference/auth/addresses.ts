import { BlockList, isIP, SocketAddress } from 'node:net';

/** A set of networks, compiled once. */
export interface Networks {
  readonly isEmpty: boolean;
  /** Takes a normalised address. */
  has(address: string): boolean;
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const MAPPED_BITS = 96;

/** The usual text of an address: an IPv4 one where IPv6 only wraps it, no zone; undefined for anything else. */
export const normalizeAddress = (text: string): string | undefined => {
  const version = isIP(text);
  if (version === 4) return text;
  if (version !== 6) return undefined;
  const zone = text.indexOf('%');
  const bare = zone === -1 ? text : text.slice(0, zone);
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' });
  return MAPPED.exec(address)?.[1] ?? address;
};

/** Compiles networks in CIDR form; one of mapped addresses means the IPv4 network inside. */
export const compileNetworks = (cidrs: readonly string[]): Networks => {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const slash = cidr.indexOf('/');
    const address = cidr.slice(0, slash);
    const bits = Number(cidr.slice(slash + 1));
    const normal = normalizeAddress(address);
    if (slash === -1 || normal === undefined) throw new TypeError(`"${cidr}" is not a network`);
    const isUnwrapped = isIP(address) === 6 && isIP(normal) === 4 && bits >= MAPPED_BITS;
    if (isUnwrapped) list.addSubnet(normal, bits - MAPPED_BITS, 'ipv4');
    else list.addSubnet(address, bits, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return {
    isEmpty: cidrs.length === 0,
    has: (address) => list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6'),
  };
};

/**
 * Who really calls: the peer, or, where the peer is a trusted proxy, the nearest hop that is not one. Hops further
 * left were written by that hop and prove nothing. Undefined where the chain cannot be read.
 */
export const clientAddress = (
  remote: string,
  forwardedFor: string | undefined,
  proxies: Networks,
): string | undefined => {
  let address = normalizeAddress(remote);
  if (forwardedFor === undefined || proxies.isEmpty) return address;
  const hops = forwardedFor.split(',');
  while (address !== undefined && hops.length > 0 && proxies.has(address)) address = parseHop(hops.pop() ?? '');
  return address;
};

// Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
const parseHop = (hop: string): string | undefined => {
  const text = hop.trim();
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1];
  const bare = bracketed ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  return normalizeAddress(bare);
};
