import { runErrand } from '../errand/run-errand.ts';
import { type MeasureJob, type MeasureResult, measureResult } from './job.ts';

const MAIN = new URL('./main.ts', import.meta.url);

/** Measures a model in a process of its own: memory, speed and perplexity. */
export const measureModel = (job: MeasureJob, signal: AbortSignal): Promise<MeasureResult> =>
  runErrand({ name: 'the measurement', main: MAIN, job, result: measureResult, signal });
