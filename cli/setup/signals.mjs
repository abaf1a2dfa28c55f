/** What asks a program to stop, from a terminal, a service manager or a closed window. */
export const STOP_SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * One Ctrl-C arrives more than once: the terminal signals every process in the foreground, and npm passes its own copy
 * on. Copies come within moments, a person's second try does not.
 */
export const ECHO_WINDOW_MS = 1_000;

/** @typedef {(signal: NodeJS.Signals, nowMs: number) => boolean} IsNewSignal */

/** Tells a signal that somebody sent from an echo of one already seen. @returns {IsNewSignal} */
export const createEchoFilter = () => {
  /** @type {Map<NodeJS.Signals, number>} */
  const seenAt = new Map();
  return (signal, nowMs) => {
    const before = seenAt.get(signal);
    if (before !== undefined && nowMs - before < ECHO_WINDOW_MS) return false;
    seenAt.set(signal, nowMs);
    return true;
  };
};

/**
 * Whether a child that shares this process's terminal has to be told: of a Ctrl-C it has heard from the terminal itself.
 * @param {NodeJS.Signals} signal @param {boolean} hasTerminal
 */
export const mustForward = (signal, hasTerminal) => !(signal === 'SIGINT' && hasTerminal);

const PARENT_CHECK_MS = 1_000;

/**
 * Calls `onGone` when the parent of this process is no longer `parent`. A shell between npm and us dies of the signal
 * that npm passes on and tells nobody; without this, `kill` of an `npm start` would leave everything running.
 * @param {{ readonly ppid: number }} self @param {number} parent @param {() => void} onGone @returns {() => void} to stop watching
 */
export const watchParent = (self, parent, onGone) => {
  const timer = setInterval(() => {
    if (self.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_CHECK_MS).unref();
  return () => clearInterval(timer);
};

/**
 * Passes stop signals on to a child, each of them once, until the returned function is called; that answers with the
 * last one received. The end of the npm that started us counts as one.
 * @param {{ kill(signal: NodeJS.Signals): unknown }} child
 * @param {{ hasTerminal?: boolean }} [options] whether the child shares a terminal with this process
 * @returns {() => NodeJS.Signals | undefined}
 */
export const forwardSignals = (child, { hasTerminal = process.stdin.isTTY === true } = {}) => {
  const isNew = createEchoFilter();
  /** @type {NodeJS.Signals | undefined} */
  let last;
  /** @param {NodeJS.Signals} signal */
  const onSignal = (signal) => {
    if (!isNew(signal, performance.now())) return;
    last = signal;
    if (mustForward(signal, hasTerminal)) child.kill(signal);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  const isUnderNpm = process.env.npm_lifecycle_event !== undefined;
  const stopWatching = isUnderNpm ? watchParent(process, process.ppid, () => onSignal('SIGTERM')) : () => undefined;
  return () => {
    stopWatching();
    for (const signal of STOP_SIGNALS) process.removeListener(signal, onSignal);
    return last;
  };
};

/**
 * Ends this process by a signal, so that whoever started it sees what happened.
 * @param {NodeJS.Signals} signal
 */
export const endBy = (signal) => {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
};
