import { performance } from 'node:perf_hooks';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { serveErrand } from '../errand/serve-errand.ts';
import { openLibraries } from '../llama/open.ts';
import { measureJob } from './job.ts';
import { measure } from './measure.ts';

/** The process that measures one model with the libraries the llama engine would take, and ends. */
serveErrand(async (raw) => {
  const opening = openLibraries({ device: 'auto' });
  if (opening.ok) return measure(opening.native, measureJob.parse(raw), () => performance.now());
  throw new ServiceError(
    'ERR_ENGINE_LOAD',
    `models cannot be measured here: ${opening.reasons.join('; ')}; install the pinned versions with npm ci`,
  );
});
