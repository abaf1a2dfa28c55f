import { ServiceError } from '../../../core/errors/service-error.ts';
import { serveErrand } from '../errand/serve-errand.ts';
import { readFacts } from '../ffi/facts.ts';
import { findMismatches } from '../ffi/guard.ts';
import { findLibraries } from '../ffi/libraries.ts';
import { openNative } from '../ffi/native.ts';
import { quantizeJob } from './job.ts';
import { quantizeWith } from './quantizer.ts';

/** The process of the quantiser: native code of the CPU, for one file, then it ends. */
serveErrand(async (raw, onProgress) => {
  const job = quantizeJob.parse(raw);
  const libraries = findLibraries(['cpu', 'metal']);
  if (libraries === undefined) throw refusal(['no package with libraries for this machine is installed']);
  const native = openNative(libraries);
  const mismatches = findMismatches(readFacts(libraries, native));
  if (mismatches.length > 0) throw refusal(mismatches);
  const { release } = libraries;
  const metadata = { ...job.metadata, 'clawdbot.lineage.llama_cpp': release };
  return { ...(await quantizeWith(native, { ...job, metadata }, onProgress)), release };
});

const refusal = (reasons: readonly string[]): ServiceError =>
  new ServiceError(
    'ERR_MODELS_QUANTIZE',
    `the quantiser of llama.cpp cannot be used here: ${reasons.join('; ')}; install the pinned versions with npm ci`,
  );
