import type { TLSSocket } from 'node:tls';
import type { Incoming } from './exchange.ts';
import type { ClientCertificate } from './gate.ts';

const NAME = 'authorization';

/** More than one: something that is no credential whichever of them was meant. */
const AMBIGUOUS = 'more than one';

/**
 * The credential of a request: only ever the `authorization` header, because whatever else carries one (a query, a cookie,
 * a body) ends in logs and histories or is sent without being asked. Node drops a second header in silence, and a proxy
 * before us may have looked at that one.
 */
export const readAuthorization = ({ rawHeaders, headers }: Incoming): string | undefined => {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name !== undefined && name.length === NAME.length && name.toLowerCase() === NAME) count++;
  }
  return count > 1 ? AMBIGUOUS : headers.authorization;
};

const known = new WeakMap<TLSSocket, ClientCertificate | 'none'>();

/** The certificate of the client of this connection, if it proved to hold one of an authority we trust. */
export const readClientCertificate = (incoming: Incoming): ClientCertificate | undefined => {
  const socket = socketOf(incoming);
  if (socket === undefined) return undefined;
  const read = known.get(socket) ?? certificateOf(socket) ?? 'none';
  known.set(socket, read);
  return read === 'none' ? undefined : read;
};

// Of HTTP/2 Node shows a stand-in for the socket, which hides the methods of TLS.
const socketOf = (incoming: Incoming): TLSSocket | undefined => {
  const socket: unknown = 'stream' in incoming ? incoming.stream.session?.socket : incoming.socket;
  return isTls(socket) ? socket : undefined;
};

const isTls = (socket: unknown): socket is TLSSocket =>
  typeof socket === 'object' && socket !== null && 'encrypted' in socket && socket.encrypted === true;

const certificateOf = (socket: TLSSocket): ClientCertificate | undefined => {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const { fingerprint256, subject } = certificate;
  return { fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(), subject: subject.split('\n').join(',') };
};
