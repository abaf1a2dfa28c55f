import { ServiceError } from '../errors/service-error.ts';

type Fields = Readonly<Record<string, unknown>>;

const MAX_CAUSES = 5;

/** Turns the `err` field into the ECS error fields, causes included: the outermost error rarely names the reason. */
export const expandError = (fields: Fields): Fields => {
  if (fields.err === undefined) return fields;
  const { err, ...rest } = fields;
  if (!(err instanceof Error)) return { 'error.message': String(err), ...rest };
  return {
    'error.type': err.name,
    'error.message': err.message,
    'error.stack_trace': stackWithCauses(err),
    ...(err instanceof ServiceError ? { 'error.code': err.code } : {}),
    ...rest,
  };
};

const stackWithCauses = (error: Error): string => {
  const stacks: string[] = [];
  let current: unknown = error;
  while (current instanceof Error && stacks.length < MAX_CAUSES) {
    stacks.push(current.stack ?? `${current.name}: ${current.message}`);
    current = current.cause;
  }
  if (current !== undefined && !(current instanceof Error)) stacks.push(String(current));
  return stacks.join('\nCaused by: ');
};
