import { ServiceError } from '../../../../core/errors/service-error.ts';

/** What goes out instead of whatever the redactor threw: a refusal as it is, anything else without a word of the text. */
export const asRefusal = (thrown: unknown): ServiceError =>
  thrown instanceof ServiceError && thrown.code.startsWith('ERR_REDACT_')
    ? thrown
    : new ServiceError('ERR_REDACT_FAILED', 'the redactor failed on this request; nothing of it was passed on', {
        cause: thrown,
      });
