import { runErrand } from '../errand/run-errand.ts';
import { type PaceJob, type PaceResult, paceResult } from './pace-job.ts';

const MAIN = new URL('./pace-main.ts', import.meta.url);

/** How long one step of a model takes here, in a process of its own. */
export const paceModel = (job: PaceJob, signal: AbortSignal): Promise<PaceResult> =>
  runErrand({ name: 'the calibration', main: MAIN, job, result: paceResult, signal });
