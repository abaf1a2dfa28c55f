import { basename } from 'node:path';
import { ServiceError } from '../../../../core/errors/service-error.ts';

const FETCH_AGAIN = 'delete it and fetch it again with `clawdbot models pull`';

/** The one form in which a model file is refused: which file, what was expected, what arrived, what to do. */
export const fileError = (
  file: string,
  expected: string,
  arrived: string,
  { remedy = FETCH_AGAIN, cause }: { readonly remedy?: string; readonly cause?: unknown } = {},
): ServiceError =>
  new ServiceError('ERR_MODELS_FILE', `model file ${nameOf(file)}: expected ${expected}, got ${arrived}; ${remedy}`, {
    details: { file: nameOf(file), expected, arrived },
    cause,
  });

// While it is being checked, a download still has the name of an incomplete one.
const nameOf = (file: string): string => basename(file).replace(/\.part$/, '');
