import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { FinishReason } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import { type Finished, mergeText } from './answer.ts';
import { openAiUsage } from './openai.ts';
import { sseEvent } from './sse.ts';
import type { StreamEncoder } from './stream-writer.ts';

/** How one kind of completion writes the choices of its chunks, as JSON. */
interface ChunkShape {
  readonly object: string;
  /** The choice of the first chunk; undefined: there is no such chunk. */
  readonly first: string | undefined;
  readonly text: (json: string) => string;
  readonly last: (reason: FinishReason) => string;
}

const chatChoice = (delta: string, reason: string): string =>
  `{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${reason}}`;

const CHAT: ChunkShape = {
  object: 'chat.completion.chunk',
  first: chatChoice('{"role":"assistant","content":"","refusal":null}', 'null'),
  text: (json) => chatChoice(`{"content":${json}}`, 'null'),
  last: (reason) => chatChoice('{}', JSON.stringify(reason)),
};

const textChoice = (text: string, reason: string): string =>
  `{"index":0,"text":${text},"logprobs":null,"finish_reason":${reason}}`;

const textShape = (echo: string): ChunkShape => ({
  object: 'text_completion',
  first: echo === '' ? undefined : textChoice(JSON.stringify(echo), 'null'),
  text: (json) => textChoice(json, 'null'),
  last: (reason) => textChoice('""', JSON.stringify(reason)),
});

/** What all chunks of one answer share. */
export interface OpenAiStreamParts {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly fingerprint: (model: string) => string;
  readonly includeUsage: boolean;
  /** The error body; the caller knows which request. */
  readonly renderError: (error: ServiceError) => unknown;
}

/** `chat.completion.chunk` events: the role, the text, the reason, the usage if asked for, `[DONE]`. */
export const chatStream = (parts: OpenAiStreamParts): StreamEncoder<GenerationEvent> => chunkStream(CHAT, parts);

/** `text_completion` events; `echo` comes before the text. */
export const textStream = (parts: OpenAiStreamParts, echo: string): StreamEncoder<GenerationEvent> =>
  chunkStream(textShape(echo), parts);

// Everything but the text is the same in each chunk of an answer, so it becomes JSON once.
const chunkStream = (shape: ChunkShape, parts: OpenAiStreamParts): StreamEncoder<GenerationEvent> => {
  let head = '';
  const tail = parts.includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
  const chunk = (choice: string): string => head + choice + tail;
  const usageChunk = ({ usage }: Finished): string =>
    parts.includeUsage ? `${head}],"usage":${JSON.stringify(openAiUsage(usage))}}\n\n` : '';
  return {
    encode(event) {
      switch (event.type) {
        case 'accepted':
          head = headOf(shape.object, event.model, parts);
          return shape.first === undefined ? '' : chunk(shape.first);
        case 'text':
          return event.text === '' ? '' : chunk(shape.text(JSON.stringify(event.text)));
        case 'finished':
          return `${chunk(shape.last(event.reason))}${usageChunk(event)}data: [DONE]\n\n`;
      }
    },
    merge: mergeText,
    fail: (error) => sseEvent(undefined, JSON.stringify(parts.renderError(error))),
  };
};

const headOf = (object: string, model: string, { id, created, fingerprint }: OpenAiStreamParts): string => {
  const envelope = JSON.stringify({ id, object, created, model, system_fingerprint: fingerprint(model) });
  return `data: ${envelope.slice(0, -1)},"choices":[`;
};
