import { ServiceError } from '../../../core/errors/service-error.ts';
import type { GenerationEvent } from '../call.ts';

export type Finished = GenerationEvent & { readonly type: 'finished' };

/** One complete answer: its events put together. */
export interface Answer {
  readonly model: string;
  readonly text: string;
  readonly finished: Finished;
}

/** Reads a generation to its end; `see` is shown every event on the way. */
export const collectAnswer = async (
  events: AsyncIterable<GenerationEvent>,
  see?: (event: GenerationEvent) => void,
): Promise<Answer> => {
  let model: string | undefined;
  let text = '';
  let finished: Finished | undefined;
  for await (const event of events) {
    see?.(event);
    if (event.type === 'text') text += event.text;
    else if (event.type === 'accepted') model = event.model;
    else finished = event;
  }
  if (model === undefined || finished === undefined) {
    throw new ServiceError('ERR_HTTP_INTERNAL', 'the generation ended without being accepted and finished');
  }
  return { model, text, finished };
};

/** Two pieces of text are one longer piece; everything else stands alone. */
export const mergeText = (earlier: GenerationEvent, later: GenerationEvent): GenerationEvent | undefined =>
  earlier.type === 'text' && later.type === 'text'
    ? { type: 'text', text: earlier.text + later.text, tokens: earlier.tokens + later.tokens }
    : undefined;
