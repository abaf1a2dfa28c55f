import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { TokenLogprob, ToolCall } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import { collectAnswer, mergePieces } from './answer.ts';
import { sseEvent } from './sse.ts';
import type { StreamEncoder } from './stream-writer.ts';
import type { Stopwatch, Summary } from './summary.ts';

/** The body of a complete answer of `POST /api/v1/inference`. */
export interface NativeAnswer extends Summary {
  readonly text: string;
  readonly reasoning?: string;
  readonly toolCalls?: readonly ToolCall[];
  readonly logprobs?: readonly TokenLogprob[];
}

/** Reads a generation to its end and puts it into the product's own shape. */
export const nativeAnswer = async (
  events: AsyncIterable<GenerationEvent>,
  stopwatch: Stopwatch,
  see?: (event: GenerationEvent) => void,
): Promise<NativeAnswer> => {
  const { choices, finished } = await collectAnswer(events, (event) => {
    stopwatch.see(event);
    see?.(event);
  });
  const { text, reasoning, toolCalls, logprobs } = choices[0];
  const { id, model, ...rest } = stopwatch.summarize(finished);
  return {
    id,
    model,
    text,
    ...(reasoning === '' ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
    ...(logprobs === undefined ? {} : { logprobs }),
    ...rest,
  };
};

const acceptedOf = (
  id: string,
  { model, promptTokens, degraded }: GenerationEvent & { readonly type: 'accepted' },
) => ({
  id,
  model,
  promptTokens,
  ...(degraded === undefined ? {} : { degraded }),
});

interface StreamParts {
  readonly id: string;
  readonly stopwatch: Stopwatch;
  /** The error body; the caller knows whose shape and which request. */
  readonly renderError: (error: ServiceError) => unknown;
}

/** Events `accepted`, `reasoning`, `token`, `toolCalls`, `done`; `error` instead of `done` when the answer fails. */
export const nativeStream = ({ id, stopwatch, renderError }: StreamParts): StreamEncoder<GenerationEvent> => ({
  encode(event) {
    stopwatch.see(event);
    switch (event.type) {
      case 'accepted':
        return sseEvent('accepted', JSON.stringify(acceptedOf(id, event)));
      case 'text':
        if (event.logprobs !== undefined) {
          return sseEvent('token', JSON.stringify({ text: event.text, logprobs: event.logprobs }));
        }
        return event.text === '' ? '' : `event: token\ndata: {"text":${JSON.stringify(event.text)}}\n\n`;
      case 'reasoning':
        return event.text === '' ? '' : sseEvent('reasoning', JSON.stringify({ reasoning: event.text }));
      case 'toolCalls':
        return sseEvent('toolCalls', JSON.stringify({ toolCalls: event.calls }));
      case 'ended':
        return '';
      case 'finished':
        return sseEvent('done', JSON.stringify(stopwatch.summarize(event)));
    }
  },
  merge: mergePieces,
  fail: (error) => sseEvent('error', JSON.stringify(renderError(error))),
});
