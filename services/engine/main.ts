import { sealProcess } from '../../core/egress/seal.ts';
import { createHost, type Host } from './host.ts';
import { findEngine } from './registry.ts';

/** Wires one engine host to this process: its channel to the parent, its signals, its end. */
export const runEngine = (): void => {
  const channel = process.send?.bind(process);
  if (channel === undefined) {
    console.error('this process is started by the gateway and talks to it over a channel; run `clawdbot up` instead');
    process.exit(64);
  }
  sealProcess();
  const host = createHost({
    send: (message, done) => channel(message, undefined, undefined, done),
    exit: (code) => process.exit(code),
    find: findEngine,
    log: (line) => console.error(line),
    now: () => performance.now(),
  });
  followParent(host);
  obeySignals(host);
  process.on('uncaughtException', (error) => host.fail(error));
  process.on('unhandledRejection', (error) => host.fail(error));
};

const followParent = (host: Host): void => {
  process.on('message', (message) => host.receive(message));
  // Without its gateway an engine serves nobody. SIGKILL, because a regular exit waits for native threads to finish
  // what they compute, and nobody is left to read an exit code.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
};

const obeySignals = (host: Host): void => {
  // Ctrl-C and a closed terminal reach the whole process group; whether engines stop is the decision of the gateway.
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
  let wasAsked = false;
  process.on('SIGTERM', () => {
    host.stop(wasAsked);
    wasAsked = true;
  });
};

if (import.meta.main) runEngine();
