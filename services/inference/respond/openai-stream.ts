import type { FinishReason, TokenLogprob, ToolCallDelta } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import { mergePieces } from './answer.ts';
import { chatLogprobs } from './logprobs.ts';
import { finishReasonOf, type ToolStyle } from './openai.ts';
import { createFrame, type OpenAiStreamParts, openChoices } from './openai-chunks.ts';
import { sseEvent } from './sse.ts';
import type { StreamEncoder } from './stream-writer.ts';

export interface ChatStreamParts extends OpenAiStreamParts {
  /** Absent: no tools were described, so that the answer is text for certain. */
  readonly tools?: ToolStyle;
}

const ROLE = '{"role":"assistant","content":"","refusal":null}';
/** An answer that may be calls alone has no content, not an empty one. */
const ROLE_WITH_TOOLS = '{"role":"assistant","content":null,"refusal":null}';

/** `chat.completion.chunk` events: the role, the pieces, the reason, the usage if asked for, `[DONE]`. */
export const chatStream = (parts: ChatStreamParts): StreamEncoder<GenerationEvent> => {
  const frame = createFrame('chat.completion.chunk', parts);
  const open = openChoices(parts.choices);
  const style = parts.tools ?? 'tools';
  const piece = (choice: number | undefined, delta: string): string => frame.chunk(choiceJson(choice ?? 0, delta));
  const begin = (): string => {
    const role = parts.tools === undefined ? ROLE : ROLE_WITH_TOOLS;
    return open
      .rest()
      .map((choice) => piece(choice, role))
      .join('');
  };
  const end = (choice: number, reason: FinishReason): string =>
    open.end(choice) ? frame.chunk(choiceJson(choice, '{}', JSON.stringify(finishReasonOf(reason, style)))) : '';

  return {
    encode(event) {
      switch (event.type) {
        case 'accepted':
          frame.open(event.model);
          return begin();
        case 'text':
          if (event.logprobs !== undefined) return frame.chunk(withLogprobs(event.choice ?? 0, event, event.logprobs));
          return event.text === '' ? '' : piece(event.choice, `{"content":${JSON.stringify(event.text)}}`);
        case 'reasoning':
          return event.text === '' ? '' : piece(event.choice, `{"reasoning_content":${JSON.stringify(event.text)}}`);
        case 'toolCalls':
          return event.calls
            .flatMap((call) => callDeltas(call, style))
            .map((delta) => piece(event.choice, JSON.stringify(delta)))
            .join('');
        case 'ended':
          return end(event.choice, event.reason);
        case 'finished': {
          const ends = open.rest().map((choice) => end(choice, event.reason));
          return `${ends.join('')}${frame.close(event)}`;
        }
      }
    },
    merge: mergePieces,
    fail: (error) => sseEvent(undefined, JSON.stringify(parts.renderError(error))),
  };
};

const choiceJson = (choice: number, delta: string, reason = 'null', logprobs = 'null'): string =>
  `{"index":${choice},"delta":${delta},"logprobs":${logprobs},"finish_reason":${reason}}`;

const withLogprobs = (choice: number, { text }: { readonly text: string }, logprobs: readonly TokenLogprob[]): string =>
  choiceJson(choice, `{"content":${JSON.stringify(text)}}`, 'null', JSON.stringify(chatLogprobs(logprobs)));

// Clients read the first piece of a call for its id and name, and add up the arguments of the others.
const callDeltas = (call: ToolCallDelta, style: ToolStyle): object[] => {
  const { id, name, arguments: more } = call;
  const isFirst = id !== undefined || name !== undefined;
  const pieces = isFirst ? [firstDelta(call, style)] : [];
  if (more !== '' || !isFirst) pieces.push(argumentsDelta(call, style));
  return pieces;
};

const firstDelta = ({ index, id, name }: ToolCallDelta, style: ToolStyle): object =>
  style === 'functions'
    ? { function_call: { name, arguments: '' } }
    : { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] };

const argumentsDelta = ({ index, arguments: more }: ToolCallDelta, style: ToolStyle): object =>
  style === 'functions'
    ? { function_call: { arguments: more } }
    : { tool_calls: [{ index, function: { arguments: more } }] };
