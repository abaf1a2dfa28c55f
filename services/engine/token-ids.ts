import { ServiceError } from '../../core/errors/service-error.ts';

/** Throws for ids that are not in the vocabulary: the libraries would read past its end. */
export const checkTokens = (tokens: readonly number[], where: string, vocabulary: number): void => {
  const wrong = tokens.findIndex((token) => !Number.isInteger(token) || token < 0 || token >= vocabulary);
  if (wrong < 0) return;
  const message = `expected token ids from 0 to ${vocabulary - 1}, got ${tokens[wrong]} at place ${wrong}`;
  throw new ServiceError('ERR_HTTP_BODY_INVALID', `${where}: ${message}`, {
    details: { problems: [{ path: where, message }] },
  });
};
