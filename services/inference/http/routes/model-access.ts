import { ServiceError } from '../../../../core/errors/service-error.ts';
import type { Caller } from '../../call.ts';

/** True where the caller may know that there is such a model. */
export const isVisible = ({ models }: Pick<Caller, 'models'>, id: string): boolean =>
  models === undefined || models.has(id);

/** Throws ERR_MODELS_UNKNOWN, as for a model that is not configured: that it exists is told to nobody else. */
export const requireModel = (caller: Pick<Caller, 'models'>, model: string): void => {
  if (isVisible(caller, model)) return;
  throw new ServiceError('ERR_MODELS_UNKNOWN', 'model: expected a configured model, got another', {
    details: { param: 'model' },
  });
};
