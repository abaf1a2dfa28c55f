import type { PollState } from './poll.ts';
import type { AcceleratorReading } from './reader.ts';

/** One line on what the first look of every reader found. */
export const describeFound = (
  looks: readonly {
    readonly name: string;
    readonly state: PollState;
    readonly devices: readonly AcceleratorReading[];
  }[],
): string => {
  const found = looks.flatMap(({ devices }) => devices.filter(({ parent }) => parent === undefined));
  const models = Map.groupBy(found, ({ model }) => model);
  const list = [...models].map(([model, devices]) => (devices.length === 1 ? model : `${devices.length} × ${model}`));
  const why = looks.flatMap(({ name, state }) => {
    if (state.kind === 'absent') return [`${name}: ${state.why}`];
    return state.kind === 'failing' ? [`${name} fails: ${state.detail}`] : [];
  });
  const head = list.length === 0 ? 'no accelerator' : list.join(', ');
  return why.length === 0 ? head : `${head} (${why.join('; ')})`;
};
