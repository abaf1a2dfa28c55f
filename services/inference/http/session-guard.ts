import { constants } from 'node:http2';
import type { Config } from '../../../core/config/schema.ts';
import type { Session } from './answer.ts';
import type { RefusalReason } from './connection-ledger.ts';

interface Options {
  readonly config: Pick<Config['server'], 'headTimeoutMs' | 'idleTimeoutMs' | 'http2'>;
  readonly now: () => number;
  readonly onRefused: (reason: RefusalReason) => void;
}

/** A peer that was told to go and stays is disconnected after this. */
const FAREWELL_MS = 5000;

/** Keeps one HTTP/2 connection within its limits where Node does not: idle time and control frames. */
export const guardSession = (session: Session, options: Options): void => {
  closeWhenIdle(session, options);
  limitControlFrames(session, options);
};

// PINGs do not count as use: otherwise a byte a minute would keep a connection for ever.
const closeWhenIdle = (session: Session, { config, now, onRefused }: Options): void => {
  let streams = 0;
  let idleSince = now();
  let patience = config.headTimeoutMs;
  session.on('stream', (stream) => {
    streams += 1;
    patience = config.idleTimeoutMs;
    stream.once('close', () => {
      streams -= 1;
      idleSince = now();
    });
  });
  const look = () => {
    const rest = streams > 0 ? config.idleTimeoutMs : patience - (now() - idleSince);
    if (rest > 0) {
      timer = setTimeout(look, rest);
      return;
    }
    onRefused('idle');
    session.close();
    timer = setTimeout(() => session.destroy(), FAREWELL_MS);
  };
  let timer = setTimeout(look, patience);
  session.once('close', () => clearTimeout(timer));
};

// Each is answered, so a flood of them makes us work and fills what the client does not read (CVE-2019-9512, -9515).
const limitControlFrames = (session: Session, { config, now, onRefused }: Options): void => {
  const { controlBurst, controlPerSecond } = config.http2;
  let allowance = controlBurst;
  let at = now();
  const count = () => {
    const since = now() - at;
    at += since;
    allowance = Math.min(controlBurst, allowance + (since / 1000) * controlPerSecond) - 1;
    if (allowance >= 0 || session.destroyed) return;
    onRefused('http2_control');
    session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  };
  session.on('ping', count);
  session.on('remoteSettings', count);
};
