import type { z } from 'zod';
import { ServiceError } from '../core/errors/service-error.ts';

/** Checks the options of a reader against its schema; reports every mistake at once. */
export const parseOptions = <Schema extends z.ZodType>(
  schema: Schema,
  raw: unknown,
  reader: string,
): z.output<Schema> => {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => ({
    path: ['collectors.options', reader, ...path.map(String)].join('.'),
    message,
  }));
  throw new ServiceError('ERR_CONFIG_INVALID', problems.map(({ path, message }) => `${path}: ${message}`).join('; '), {
    details: { problems },
  });
};
