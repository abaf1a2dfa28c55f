import { performance } from 'node:perf_hooks';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { serveErrand } from '../errand/serve-errand.ts';
import { openLibraries } from '../llama/open.ts';
import { takePace } from './pace.ts';
import { paceJob } from './pace-job.ts';

/** The process that takes the pace of one model, and ends. */
serveErrand(async (raw) => {
  const opening = openLibraries({ device: 'auto' });
  if (opening.ok) return takePace(opening.native, paceJob.parse(raw), () => performance.now());
  throw new ServiceError(
    'ERR_ENGINE_LOAD',
    `models cannot be measured here: ${opening.reasons.join('; ')}; install the pinned versions with npm ci`,
  );
});
