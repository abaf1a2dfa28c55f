import { writeSync } from 'node:fs';
import type { ScriptedOptions } from './options.ts';

/** Ends this process the way the kernel's out-of-memory killer would: no handler runs, nothing is said. */
export const crash = (): void => {
  // One turn of the event loop later, so that the tokens before the crash are on their way.
  setImmediate(() => process.kill(process.pid, 'SIGKILL'));
};

/** Sends nonsense to the parent: a message no engine would send, or bytes that are not even JSON. */
export const sendGarbage = (kind: ScriptedOptions['wrongBytes']): void => {
  if (kind === 'channel') writeSync(CHANNEL_FD, '{"version":1,"events":[{"ty\u0000pe":\n');
  else process.send?.({ version: 'one', events: 'garbage' });
};

// Where libuv puts the channel when `fork` is given the usual three standard streams.
const CHANNEL_FD = 3;
