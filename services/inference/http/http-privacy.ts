import type { ServiceError } from '../../../core/errors/service-error.ts';

/** What the server asks of the `redact` stage; that folder keeps the promise. */
export interface HttpPrivacy {
  /** An error as a client may have it. */
  protect(error: ServiceError): ServiceError;
  /** A text as it may be written down. */
  record(text: string): string;
}
