import { ServiceError } from '../../../core/errors/service-error.ts';
import { locate } from './cache.ts';
import { diskFull } from './disk.ts';
import type { BoundSource } from './sources/table.ts';

/** Why one source did not deliver. */
export interface Failure {
  readonly source: BoundSource;
  readonly error: ServiceError;
}

/** The failure of a source as a ServiceError, whatever was thrown. */
export const failureOf = (error: unknown, folder: string): ServiceError => {
  if (error instanceof ServiceError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return diskFull(error, `${folder}/.`) ?? new ServiceError('ERR_MODELS_SOURCE', message, { cause: error });
};

/** One error for all sources of a model: each with its reason, and how to do without any of them. */
export const unresolved = (
  modelId: string,
  sources: readonly BoundSource[],
  failures: readonly Failure[],
  dir: string,
): ServiceError => {
  const codes = new Set(failures.map(({ error }) => error.code));
  const last = failures.at(-1)?.error;
  const isFinal = last !== undefined && FINAL.has(last.code);
  const code = isFinal ? last.code : (([...codes].length === 1 ? last?.code : undefined) ?? 'ERR_MODELS_SOURCE');
  const reasons = failures.map(({ source, error }) => `${source.description}: ${error.message}`);
  const help = code === 'ERR_MODELS_SOURCE' ? byHand(sources, dir) : undefined;
  const text = isFinal ? last.message : reasons.join('; ');
  return new ServiceError(code, [`model ${modelId}: ${text}`, help].filter(Boolean).join('. '), {
    details: {
      ...last?.details,
      model: modelId,
      sources: failures.map(({ source, error }) => ({
        source: source.description,
        code: error.code,
        reason: error.message,
      })),
      ...(help === undefined ? {} : { byHand: help }),
    },
    cause: last,
    ...(code === 'ERR_MODELS_SOURCE' || code === 'ERR_MODELS_DISK' ? { retryAfterSeconds: 30 } : {}),
  });
};

/** Nothing another source has would help. */
export const FINAL: ReadonlySet<string> = new Set(['ERR_MODELS_ARCHITECTURE', 'ERR_MODELS_DISK']);

/** How to get a model onto a machine that reaches none of its sources. */
const byHand = (sources: readonly BoundSource[], dir: string): string | undefined => {
  const fetched = sources.filter((source) => source.place === 'elsewhere');
  const target = fetched[0] === undefined ? undefined : locate(fetched[0], dir).files;
  if (target === undefined) return undefined;
  const addresses = fetched.map((source) => source.byHand).filter((address) => address !== undefined);
  const from = addresses.length === 0 ? 'on a machine that reaches one of them' : `from ${addresses.join(' or ')}`;
  return `By hand: get the file ${from}, put it at ${target.join(' and ')}, or put it anywhere and name it in the configuration: sources: [{ file: /path/to/${fetched[0]?.fileName} }]`;
};
