import { type Seen, seen, unseen } from './check.ts';
import type { Sight } from './sight.ts';

const LISTENING = '0A';

/** TCP ports that something listens on, at whatever address. */
export const readListeners = (sight: Sight): Seen<ReadonlySet<number>> => {
  const files = ['/proc/net/tcp', '/proc/net/tcp6'];
  const texts = files.flatMap((file) => sight.read(file) ?? []);
  if (texts.length === 0) return unseen('/proc/net/tcp is not there');
  const ports = texts.flatMap((text) =>
    text.split('\n').flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      return state === LISTENING ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
    }),
  );
  return seen(new Set(ports), files.join(', '));
};

/** The address of the gateway of the default route, from `/proc/net/route`. */
export const defaultGateway = (sight: Sight): string | undefined => {
  for (const line of (sight.read('/proc/net/route') ?? '').split('\n')) {
    const [, destination, gateway] = line.trim().split(/\s+/);
    if (destination !== '00000000' || gateway === undefined || !/^[\dA-F]{8}$/i.test(gateway)) continue;
    // As the processor stores it: the last byte first on every machine we run on.
    return [6, 4, 2, 0].map((at) => Number.parseInt(gateway.slice(at, at + 2), 16)).join('.');
  }
  return undefined;
};

/** The networks Docker and Podman make bridges in unless they are told others; in a cluster addresses are kept. */
const BRIDGE = /^(172\.(1[6-9]|2\d|3[01])|192\.168|10\.8[89])\.\d+\.\d+$/;

/** The gateway of the bridge that this container is behind: the one address that all clients have from in here. */
export const bridgeGateway = (sight: Sight): string | undefined => {
  const gateway = defaultGateway(sight);
  // With the host's network there are the host's own devices as well, among them the bridges.
  const links = sight.list('/sys/class/net').filter((name) => name !== 'lo');
  const isBehind = links.length > 0 && links.every((name) => /^eth\d+$/.test(name));
  return isBehind && gateway !== undefined && BRIDGE.test(gateway) ? gateway : undefined;
};
