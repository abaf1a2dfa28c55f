import { ServiceError } from '../../../core/errors/service-error.ts';

/** The end of a request that no other could make room for. */
export const noRoom = (): ServiceError =>
  new ServiceError('ERR_ENGINE_FAILED', 'the key-value memory has no room for this request alone; raise kvTokens');

/** The end of a request that spoiled its batch, alone too. */
export const notComputed = (): ServiceError =>
  new ServiceError('ERR_ENGINE_FAILED', 'llama.cpp could not compute this request; others go on');
