const TERMINAL_INTERVAL_MS = 250;
const PLAIN_INTERVAL_MS = 5_000;
const PERCENT = 100;

/**
 * Shows how far a long count has come until the returned function is called: one line that updates on a terminal, a
 * line every few seconds otherwise.
 * @param {{ total: number, count: () => number, say: (line: string) => void, stream?: NodeJS.WriteStream }} options
 * @returns {() => void}
 */
export const showProgress = ({ total, count, say, stream = process.stderr }) => {
  const isTerminal = stream.isTTY === true;
  let shown = -1;
  const timer = setInterval(
    () => {
      const done = count();
      if (done === shown) return;
      shown = done;
      const line = `packages: ${done} of ${total} (${Math.floor((done / total) * PERCENT)} %)`;
      if (isTerminal) stream.write(`\r\u001b[K${line}`);
      else say(line);
    },
    isTerminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS,
  );
  return () => {
    clearInterval(timer);
    if (isTerminal) stream.write('\r\u001b[K');
  };
};
