import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP, type Socket } from 'node:net';
import type { PeerCertificate } from 'node:tls';
import { buildConnector } from 'undici';
import { ServiceError } from '../errors/service-error.ts';
import { isPublicAddress } from './addresses.ts';
import type { Gate } from './policy.ts';
import { passSeal } from './seal.ts';

/** All addresses of a host name, in the order they should be tried. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** Opens one connection to a checked, literal address. */
export type Connect = buildConnector.connector;

/** How connections are made. */
export interface ConnectionOptions {
  /** PEM of the authority that signed the certificate there; default: those the machine trusts. */
  readonly ca?: string;
  /** PEM of the very certificate there, which is then trusted whoever signed it and whatever name it is for. */
  readonly pinned?: string;
  readonly connectTimeoutMs?: number;
}

export interface ConnectorOptions extends ConnectionOptions {
  readonly gate: Pick<Gate, 'hasAddress'>;
  readonly resolve?: Resolve;
  readonly connect?: Connect;
}

/** More addresses than this are unusual, and each may take the whole connect time-out. */
const MAX_ADDRESSES = 4;

/**
 * An undici connector that resolves the name itself, drops every address that is neither public nor allowed, and
 * connects to the literal rest. Nothing resolves the name a second time, so an answer that changes between check
 * and use (DNS rebinding) has nothing to change.
 */
export const createConnector = (options: ConnectorOptions) => {
  const { gate, resolve = lookUp, connect = connectPlainly(options) } = options;
  const open = async (target: buildConnector.Options): Promise<Socket> => {
    const port = portOf(target);
    const isAllowed = (address: string) => isPublicAddress(address) || gate.hasAddress(address, port);
    const found = isIP(target.hostname) === 0 ? await resolve(target.hostname) : [target.hostname];
    return connectToFirst(connect, target, keepAllowed(found, isAllowed));
  };
  return ((target, callback) => {
    open(target).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  }) satisfies Connect;
};

const lookUp: Resolve = async (hostname) => {
  const found = await lookup(hostname, { all: true });
  return found.map((entry) => entry.address);
};

const connectPlainly = ({ ca, pinned, connectTimeoutMs }: ConnectionOptions): Connect =>
  buildConnector({
    allowH2: false,
    ...(ca === undefined ? {} : { ca }),
    ...(pinned === undefined ? {} : pinTo(pinned)),
    ...(connectTimeoutMs === undefined ? {} : { timeout: connectTimeoutMs }),
  });

const pinTo = (pem: string) => {
  const { raw } = new X509Certificate(pem);
  return {
    ca: pem,
    // It may have been signed by an authority that is not among those above.
    allowPartialTrustChain: true,
    checkServerIdentity: (_name: string, certificate: PeerCertificate) =>
      certificate.raw.equals(raw) ? undefined : new Error('the certificate is not the expected one'),
  };
};

const portOf = ({ port, protocol }: buildConnector.Options): number =>
  Number(port) || (protocol === 'https:' ? 443 : 80);

/** Keeps the good part of a mixed answer, which is safe because only checked addresses are ever connected to. */
const keepAllowed = (found: readonly string[], isAllowed: (address: string) => boolean): readonly string[] => {
  const usable = found.filter((address) => isIP(address) !== 0 && isAllowed(address));
  if (usable.length > 0) return usable.slice(0, MAX_ADDRESSES);
  throw new ServiceError(
    'ERR_EGRESS_REFUSED',
    `host: expected at least one public or explicitly allowed address, got ${found.length} of another kind; add its network to egress.allow for this purpose if it should be reached`,
    { details: { addresses: found.length } },
  );
};

const connectToFirst = async (
  connect: Connect,
  target: buildConnector.Options,
  addresses: readonly string[],
): Promise<Socket> => {
  let failure: unknown;
  for (const address of addresses) {
    try {
      return await connectTo(connect, target, address);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
};

const connectTo = (connect: Connect, target: buildConnector.Options, address: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    passSeal(() =>
      connect(atAddress(target, address), (error, socket) => {
        // Asked of the error, because undici leaves the socket out where its types promise a null.
        if (error !== null) reject(error);
        else resolve(socket);
      }),
    );
  });

/** The certificate is checked against the name that was asked for, never against the address. */
const atAddress = (target: buildConnector.Options, address: string): buildConnector.Options => {
  const { servername: _fromHostHeader, ...rest } = target;
  const hasName = target.protocol === 'https:' && isIP(target.hostname) === 0;
  return { ...rest, hostname: address, ...(hasName ? { servername: target.hostname } : {}) };
};
