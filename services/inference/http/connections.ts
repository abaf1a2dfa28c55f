import type { Socket } from 'node:net';
import type { SecureServer, Session } from './answer.ts';
import type { Exchange } from './exchange.ts';

/** Everything open on one server: what a drain waits for and what it ends. */
export interface Connections {
  begin(exchange: Exchange): void;
  end(exchange: Exchange): void;
  /** True while an answer is under way on the connection. */
  isAnswering(socket: unknown): boolean;
  /** Resolves when no request is under way, at the latest after the time. */
  idle(timeoutMs: number): Promise<void>;
  /** Closes what is left, answered or not. */
  destroy(): void;
}

/** Watches the connections of a server and closes the idle ones of HTTP/2; Node does that for HTTP/1 itself. */
export const trackConnections = (server: SecureServer, idleTimeoutMs: number): Connections => {
  const sockets = new Set<Socket>();
  const exchanges = new Set<Exchange>();
  const waiters = new Set<() => void>();

  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  // The plain socket is watched too: a handshake that never ends has no other.
  server.on('connection', keep);
  server.on('secureConnection', keep);
  server.on('session', (session) => closeWhenIdle(session, idleTimeoutMs));

  return {
    begin(exchange) {
      exchanges.add(exchange);
    },
    end(exchange) {
      exchanges.delete(exchange);
      if (exchanges.size === 0) for (const wake of waiters) wake();
    },
    isAnswering(socket) {
      for (const { incoming } of exchanges) if (incoming.socket === socket) return true;
      return false;
    },
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

// The timer of a session runs whenever its socket is silent, which a long answer without heartbeats also is.
const closeWhenIdle = (session: Session, idleTimeoutMs: number): void => {
  let streams = 0;
  session.on('stream', (stream) => {
    streams++;
    stream.once('close', () => {
      streams--;
    });
  });
  session.setTimeout(idleTimeoutMs, () => {
    if (streams === 0) session.close();
  });
};
