import { isIP } from 'node:net';

/** A host as `egress.allow` writes it. Without a port it stands for every port. */
export interface EgressHost {
  readonly kind: 'name' | 'subdomains' | 'network';
  /** The name as the URL parser gives it (of `*.name`, the part after the star), or a network in CIDR form. */
  readonly value: string;
  readonly port: number | undefined;
}

const PREFIX_BITS = { 4: 32, 6: 128 } as const;

/**
 * Reads `name`, `*.name`, an address or a network, each with an optional port (`name:8443`, `10.0.0.0/8:443`,
 * `[fd00::/8]:443`). `undefined`: it is none of these. Names pass through the URL parser, as those of URLs do, so that
 * no spelling of a host is another host.
 */
export const readEgressHost = (text: string): EgressHost | undefined => {
  const split = splitPort(text);
  if (split === undefined) return undefined;
  const { host, port } = split;
  const network = readNetwork(host);
  if (network !== undefined) return { kind: 'network', value: network, port };
  const isWild = host.startsWith('*.');
  const value = readName(isWild ? host.slice(2) : host);
  return value === undefined ? undefined : { kind: isWild ? 'subdomains' : 'name', value, port };
};

const splitPort = (text: string): { host: string; port: number | undefined } | undefined => {
  // A bare IPv6 address is full of colons: it takes a port only in brackets.
  if (readNetwork(text) !== undefined) return { host: text, port: undefined };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || (bracketed !== undefined && !bracketed.includes(':'))) return undefined;
  if (digits === undefined) return { host, port: undefined };
  const port = Number(digits);
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
};

const readNetwork = (text: string): string | undefined => {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if ((family !== 4 && family !== 6) || more.length > 0 || address.includes('%')) return undefined;
  const bits = PREFIX_BITS[family];
  if (prefix === undefined) return `${address}/${bits}`;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits ? text : undefined;
};

const readName = (text: string): string | undefined => {
  if (text === '' || /[/?#@\\:*\s]/.test(text)) return undefined;
  const host = URL.parse(`https://${text}/`)?.hostname;
  // What the parser took for an address (`2130706433`, `0x7f.1`) was not written as one: better refused than guessed.
  return host === undefined || isIP(host) !== 0 || host.startsWith('[') ? undefined : host;
};
