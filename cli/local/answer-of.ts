import type { RawAnswer } from '../../core/egress/egress.ts';
import { ERROR_CODES, type ErrorCode } from '../../core/errors/codes.ts';
import { ServiceError } from '../../core/errors/service-error.ts';

/** The text of an answer with status 200; any other is thrown as the error that the service gave. */
export const answerOf = async ({ statusCode, body }: RawAnswer): Promise<string> => {
  const text = await body.text();
  if (statusCode === 200) return text;
  const { code, message } = parseError(text) ?? {
    code: 'ERR_HTTP_INTERNAL',
    message: `the service answered ${statusCode} without saying why`,
  };
  throw new ServiceError(isErrorCode(code) ? code : 'ERR_HTTP_INTERNAL', message);
};

const parseError = (text: string): { readonly code: string; readonly message: string } | undefined => {
  try {
    const body = JSON.parse(text);
    return typeof body?.error?.message === 'string' ? body.error : undefined;
  } catch {
    return undefined;
  }
};

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code);
