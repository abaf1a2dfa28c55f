import type { FinishReason } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import { mergePieces } from './answer.ts';
import { type createTextLogprobs, type Echo, textLogprobsAfter } from './logprobs.ts';
import { createFrame, type OpenAiStreamParts, openChoices } from './openai-chunks.ts';
import { sseEvent } from './sse.ts';
import type { StreamEncoder } from './stream-writer.ts';

type Text = GenerationEvent & { readonly type: 'text' };

/** `text_completion` events; `echoes` holds what comes before the text of each choice. */
export const textStream = (parts: OpenAiStreamParts, echoes: readonly Echo[]): StreamEncoder<GenerationEvent> => {
  const frame = createFrame('text_completion', parts);
  const open = openChoices(parts.choices);
  const logprobsOf = new Map<number, ReturnType<typeof createTextLogprobs>>();
  const converterOf = (choice: number): ReturnType<typeof createTextLogprobs> => {
    const convert = logprobsOf.get(choice) ?? textLogprobsAfter(echoes[choice] ?? { text: '' });
    logprobsOf.set(choice, convert);
    return convert;
  };
  const begin = (): string =>
    open
      .rest()
      .map((choice) => {
        const { text, logprobs } = echoes[choice] ?? { text: '' };
        if (text === '') return '';
        const told = logprobs === undefined ? 'null' : JSON.stringify(converterOf(choice)(logprobs));
        return frame.chunk(choiceJson(choice, text, 'null', told));
      })
      .join('');
  const end = (choice: number, reason: FinishReason): string =>
    open.end(choice) ? frame.chunk(choiceJson(choice, '', JSON.stringify(reason))) : '';
  const withLogprobs = ({ choice = 0, text, logprobs = [] }: Text): string =>
    frame.chunk(choiceJson(choice, text, 'null', JSON.stringify(converterOf(choice)(logprobs))));

  return {
    encode(event) {
      switch (event.type) {
        case 'accepted':
          frame.open(event.model);
          return begin();
        case 'text':
          if (event.logprobs !== undefined) return withLogprobs(event);
          return event.text === '' ? '' : frame.chunk(choiceJson(event.choice ?? 0, event.text));
        case 'ended':
          return end(event.choice, event.reason);
        case 'finished': {
          const ends = open.rest().map((choice) => end(choice, event.reason));
          return `${ends.join('')}${frame.close(event)}`;
        }
        // A text prompt has neither.
        case 'reasoning':
        case 'toolCalls':
          return '';
      }
    },
    merge: mergePieces,
    fail: (error) => sseEvent(undefined, JSON.stringify(parts.renderError(error))),
  };
};

const choiceJson = (choice: number, text: string, reason = 'null', logprobs = 'null'): string =>
  `{"index":${choice},"text":${JSON.stringify(text)},"logprobs":${logprobs},"finish_reason":${reason}}`;
