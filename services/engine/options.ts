import type { z } from 'zod';
import { ServiceError } from '../../core/errors/service-error.ts';

/** Checks the options of an engine plugin against its schema; reports every mistake at once. */
export const parseOptions = <Schema extends z.ZodType>(schema: Schema, raw: unknown): z.output<Schema> => {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => ({ path: pathOf(path), message }));
  throw new ServiceError('ERR_CONFIG_INVALID', problems.map(({ path, message }) => `${path}: ${message}`).join('; '), {
    details: { problems },
  });
};

const pathOf = (path: readonly PropertyKey[]): string => ['models[].options', ...path.map(String)].join('.');
