import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { GenerationEvent } from '../call.ts';
import { collectAnswer, mergeText } from './answer.ts';
import { sseEvent } from './sse.ts';
import type { StreamEncoder } from './stream-writer.ts';
import type { Stopwatch, Summary } from './summary.ts';

/** The body of a complete answer of `POST /api/v1/inference`. */
export interface NativeAnswer extends Summary {
  readonly text: string;
}

/** Reads a generation to its end and puts it into the product's own shape. */
export const nativeAnswer = async (
  events: AsyncIterable<GenerationEvent>,
  stopwatch: Stopwatch,
  see?: (event: GenerationEvent) => void,
): Promise<NativeAnswer> => {
  const { text, finished } = await collectAnswer(events, (event) => {
    stopwatch.see(event);
    see?.(event);
  });
  const { id, model, ...rest } = stopwatch.summarize(finished);
  return { id, model, text, ...rest };
};

interface StreamParts {
  readonly id: string;
  readonly stopwatch: Stopwatch;
  /** The error body; the caller knows whose shape and which request. */
  readonly renderError: (error: ServiceError) => unknown;
}

/** Events `accepted`, `token`, `done`; `error` instead of `done` when the answer fails. */
export const nativeStream = ({ id, stopwatch, renderError }: StreamParts): StreamEncoder<GenerationEvent> => ({
  encode(event) {
    stopwatch.see(event);
    switch (event.type) {
      case 'accepted':
        return sseEvent('accepted', JSON.stringify({ id, model: event.model, promptTokens: event.promptTokens }));
      case 'text':
        return event.text === '' ? '' : `event: token\ndata: {"text":${JSON.stringify(event.text)}}\n\n`;
      case 'finished':
        return sseEvent('done', JSON.stringify(stopwatch.summarize(event)));
    }
  },
  merge: mergeText,
  fail: (error) => sseEvent('error', JSON.stringify(renderError(error))),
});
