import type { Socket } from 'node:net';
import type { Config } from '../../../core/config/schema.ts';
import { createAddressGroups } from './address-group.ts';
import type { SecureServer } from './answer.ts';
import { ConnectionLedger, type Place, type RefusalReason } from './connection-ledger.ts';
import type { Exchange } from './exchange.ts';
import { guardSession } from './session-guard.ts';

/** Everything open on one server: who has a place, what a drain waits for and what it ends. */
export interface Connections {
  /** Books a request; the number under way on its connection, this one included. */
  begin(exchange: Exchange): number;
  end(exchange: Exchange): void;
  /** Requests under way. */
  readonly exchanges: ReadonlySet<Exchange>;
  /** True while an answer is under way on the connection. */
  isAnswering(socket: object): boolean;
  counts(): { readonly busy: number; readonly idle: number };
  /** Resolves when no request is under way, at the latest after the time. */
  idle(timeoutMs: number): Promise<void>;
  /** Closes what is left, answered or not. */
  destroy(): void;
}

interface Options {
  readonly config: Config['server'];
  readonly now: () => number;
  readonly onRefused: (reason: RefusalReason) => void;
}

/** Counts the connections of a server, refuses those past its limits before any handshake, and closes idle ones. */
export const trackConnections = (server: SecureServer, { config, now, onRefused }: Options): Connections => {
  const ledger = new ConnectionLedger(config, now);
  const groupOf = createAddressGroups(config.trustedProxies);
  const sockets = new Set<Socket>();
  const exchanges = new Set<Exchange>();
  const waiters = new Set<() => void>();
  /** By where they come from, until TLS shows which of its own objects they are. */
  const dialled = new Map<string, Place>();
  const places = new WeakMap<object, Place>();

  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };

  const admit = (socket: Socket): boolean => {
    const { remoteAddress } = socket;
    const peer = peerOf(socket);
    // Gone before it was taken up.
    if (remoteAddress === undefined) return false;
    const place: Place = { group: groupOf(remoteAddress), busy: 0, close: () => socket.destroy() };
    const verdict = ledger.open(place);
    if (!verdict.isWelcome) {
      onRefused(verdict.reason);
      return false;
    }
    if (verdict.leaves !== undefined) {
      onRefused('made_room');
      verdict.leaves.close();
    }
    dialled.set(peer, place);
    socket.once('close', () => {
      if (dialled.get(peer) === place) dialled.delete(peer);
      ledger.close(place);
    });
    return true;
  };

  const recognise = (socket: Socket, as: object) => {
    const place = dialled.get(peerOf(socket));
    if (place !== undefined) places.set(as, place);
  };

  guardDoor(server, (socket) => {
    // The plain socket is watched too: a handshake that never ends has no other.
    keep(socket);
    return admit(socket);
  });
  // Before Node's own listener, which may hand out a request at once.
  server.prependListener('secureConnection', (socket) => {
    keep(socket);
    recognise(socket, socket);
  });
  server.on('session', (session) => {
    // The socket of a session is a stand-in that still knows its addresses.
    recognise(session.socket, session);
    guardSession(session, { config, now, onRefused });
  });

  return {
    exchanges,
    begin(exchange) {
      exchanges.add(exchange);
      const place = placeOf(exchange, places);
      if (place === undefined) return 1;
      ledger.begin(place);
      return place.busy;
    },
    end(exchange) {
      if (!exchanges.delete(exchange)) return;
      const place = placeOf(exchange, places);
      if (place !== undefined) ledger.end(place);
      if (exchanges.size === 0) for (const wake of waiters) wake();
    },
    isAnswering: (socket) => (places.get(socket)?.busy ?? 0) > 0,
    counts: () => ({ busy: ledger.size - ledger.idle, idle: ledger.idle }),
    idle: (timeoutMs) =>
      new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          waiters.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, timeoutMs);
        waiters.add(wake);
        if (exchanges.size === 0) wake();
      }),
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
};

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

// Found once, at the begin: a stream that is closed no longer knows its session.
const placeOf = (exchange: Exchange, places: WeakMap<object, Place>): Place | undefined => {
  exchange.place ??= places.get(exchange.carrier);
  return exchange.place;
};

/** Asks before TLS sees a connection: a refused one then costs no handshake. Reset, so that nothing of it lingers. */
const guardDoor = (server: SecureServer, admit: (socket: Socket) => boolean): void => {
  const wraps = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket) => {
    if (admit(socket)) for (const wrap of wraps) Reflect.apply(wrap, server, [socket]);
    else socket.resetAndDestroy();
  });
};
