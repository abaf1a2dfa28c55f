import type { ChildState } from '../supervisor/keep-running.ts';
import type { Narrator } from './narrator.ts';

/** Tells what became of a process, while there is something to tell. */
export const narrateState =
  (narrator: Narrator, name: string) =>
  (state: ChildState): void => {
    if (state.kind === 'running') narrator.show(name, 'busy', `${name}: starting (pid ${state.pid})`);
    if (state.kind === 'held')
      narrator.show(name, 'warn', `${name}: ended by ${state.reason}, held down until SIGUSR2`);
    if (state.kind !== 'waiting') return;
    const wait = Math.ceil(state.restartInMs);
    narrator.show(name, 'warn', `${name}: ended by ${state.reason}, starts again in ${wait} ms`);
  };
