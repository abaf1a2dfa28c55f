import { Socket as DatagramSocket } from 'node:dgram';
import { Socket } from 'node:net';
import { ServiceError } from '../errors/service-error.ts';

// One place per process: whoever opens a connection does so synchronously inside `passSeal`.
let isPassing = false;
let isSealed = false;

/** Lets what `open` connects to pass a sealed process; for the connector alone, which has checked it. */
export const passSeal = <T>(open: () => T): T => {
  const before = isPassing;
  isPassing = true;
  try {
    return open();
  } finally {
    isPassing = before;
  }
};

/**
 * From now on this process opens no TCP or UDP connection but through the connector: global `fetch`, `node:http`,
 * `node:net` and every library over them end with ERR_EGRESS_REFUSED. Stops mistakes and curious plugins; a program
 * that is started and native code are beyond it, which is what a network policy of the machine is for.
 */
export const sealProcess = (): void => {
  if (isSealed) return;
  isSealed = true;
  sealMethod(Socket.prototype, 'connect', isLocalPipe);
  sealMethod(DatagramSocket.prototype, 'send', () => false);
  sealMethod(DatagramSocket.prototype, 'connect', () => false);
};

// Safe: the very method is called on the very object with the very arguments.
const sealMethod = (prototype: object, name: string, isHarmless: (args: readonly unknown[]) => boolean): void => {
  const original = Reflect.get(prototype, name) as (...args: unknown[]) => unknown;
  Reflect.set(prototype, name, function (this: unknown, ...args: unknown[]) {
    if (!isPassing && !isHarmless(args)) throw refused();
    return Reflect.apply(original, this, args);
  });
};

const isLocalPipe = (args: readonly unknown[]): boolean => {
  // `net.connect` hands its arguments on as one list it has normalised already.
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  // As Node itself tells a pipe from a port and a host.
  if (typeof first === 'string') return !(Number(first) >= 0);
  return typeof first === 'object' && first !== null && 'path' in first && Boolean(first.path);
};

const refused = (): ServiceError =>
  new ServiceError(
    'ERR_EGRESS_REFUSED',
    'outgoing connection: expected one through core/egress, got another; a plugin asks `context.egress` for it',
  );
