import { createHash, timingSafeEqual } from 'node:crypto';
import { type Listening, listen } from '../../core/http/listen.ts';
import type { Look } from './judge.ts';

interface Options {
  readonly host: string;
  readonly port: number;
  /** What the path of a call must be behind its first slash; undefined: any. */
  readonly secret: string | undefined;
  readonly silenceMs: number;
  readonly now: () => number;
  readonly onTaken: (port: number) => void;
  readonly signal: AbortSignal;
}

/** Hears the calls of `actions.deadMan.heartbeatUrl`: while they come, the whole chain of alerts works. */
export interface Heartbeat {
  readonly url: string;
  look(): Look;
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 64;
const TIMEOUT_MS = 10_000;

/** Silence counts from the start on: who watches may be started first. */
export const hearHeartbeat = async ({ secret, silenceMs, now, ...where }: Options): Promise<Heartbeat> => {
  let heardAt = now();
  const listening: Listening = await listen({
    ...{ ...where, tls: {}, maxConnections: MAX_CONNECTIONS, timeoutMs: TIMEOUT_MS },
    answer(request, response) {
      request.resume();
      const isOurs = secret === undefined || isSame((request.url ?? '').slice(1), secret);
      if (isOurs) heardAt = now();
      response.writeHead(isOurs ? 204 : 404, { connection: 'close' }).end();
    },
  });
  return {
    url: listening.url,
    look() {
      const silentMs = now() - heardAt;
      if (silentMs <= silenceMs) return { isWell: true };
      return { isWell: false, reason: `no sign of life for ${Math.round(silentMs / 1000)} s` };
    },
    close: () => listening.close(),
  };
};

/** Takes as long whatever the path is. */
const isSame = (given: string, wanted: string): boolean =>
  timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(wanted).digest());
