import type { Drill } from '../drill.ts';
import { ACCELERATORS } from './accelerators.ts';
import { ANSWERS } from './answers.ts';
import { DATA } from './data.ts';
import { ENGINES } from './engines.ts';
import { GATEWAY } from './gateway.ts';
import { HEALTHY } from './healthy.ts';
import { LIBRARIES } from './libraries.ts';
import { LOAD } from './load.ts';
import { MEMORY } from './memory.ts';
import { WATCHERS } from './watchers.ts';

/** Every drill, in the order in which they are run. */
export const DRILLS: readonly Drill[] = [
  ...[...ACCELERATORS, ...GATEWAY, ...ENGINES, ...LIBRARIES, ...ANSWERS, ...DATA, ...MEMORY, ...WATCHERS],
  ...[...LOAD, ...HEALTHY],
];
