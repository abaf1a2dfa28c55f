import { ServiceError } from '../../core/errors/service-error.ts';

/** Any failure of an engine as a ServiceError; what is not one already becomes ERR_ENGINE_FAILED with its cause kept. */
export const asEngineError = (error: unknown): ServiceError => {
  if (error instanceof ServiceError) return error;
  const reason = isChannelGarbage(error) ? CHANNEL_GARBAGE : error instanceof Error ? error.message : String(error);
  return new ServiceError('ERR_ENGINE_FAILED', `the engine failed: ${firstLine(reason)}`, { cause: error });
};

/** A second piece of work under an id that is in use. */
export const duplicateId = (id: number): ServiceError =>
  new ServiceError('ERR_ENGINE_FAILED', `engine channel: id ${id} is in use already`);

const CHANNEL_GARBAGE = 'its channel delivered bytes that are not JSON';

// Node parses the channel itself and throws past every listener; its message would quote the bytes, which may hold a prompt.
const isChannelGarbage = (error: unknown): boolean =>
  error instanceof SyntaxError && error.stack?.includes('parseChannelMessages') === true;

const firstLine = (text: string): string => text.split('\n')[0] ?? text;
