import type { Watching } from './keep-running.ts';

/** Keeps what ended down until this process gets a signal. It listens from the start: where nobody does, the signal ends us. */
export const holdUntil = (signal: NodeJS.Signals): NonNullable<Watching['hold']> => {
  let waiting: (() => void) | undefined;
  process.on(signal, () => waiting?.());
  return (release) => {
    // Of a process that holds its only child nothing else might be left to wait for.
    const stay = setInterval(() => undefined, 2 ** 30);
    const forget = (): void => {
      clearInterval(stay);
      waiting = undefined;
    };
    waiting = () => {
      forget();
      release();
    };
    return forget;
  };
};
