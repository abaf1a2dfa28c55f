import type { AnswerReader } from '../chat/answer-plan.ts';
import type { FinishReason, GenerationInput, GenerationRequest, TokenDetails } from '../protocol/generation.ts';
import { exampleOf } from './example.ts';
import { describeTokens } from './likelihoods.ts';
import { readerFor } from './reading.ts';
import { lastUserText } from './script.ts';

/** What one request is answered with. */
export interface Performance {
  /** What is cut into tokens. */
  readonly text: string;
  /** A chunk of it as the answer has it; absent: as text. */
  readonly render?: (chunk: string) => Spoken;
  /** Reads thoughts and calls out of the chunks instead; absent: there are none. */
  readonly reader?: AnswerReader;
  /** How an answer that was not cut ends. */
  readonly ending: FinishReason;
}

export interface Spoken {
  readonly text: string;
  readonly details?: TokenDetails;
}

/**
 * The echo, or `reply` in its place, with the thoughts and calls in it; where a call is forced that is not in there, one
 * with the plainest arguments.
 */
export const performanceOf = (
  { input, logprobs }: GenerationRequest,
  reply: string | undefined,
  thinks: boolean,
): Performance => {
  const script = reply ?? lastUserText(input);
  const reader = readerFor(input, script, thinks);
  const tool = forcedTool(input);
  if (reader !== undefined && (tool === undefined || script.includes('<tool_call>'))) {
    return { text: script, reader, ending: 'stop' };
  }
  if (tool !== undefined) {
    return { text: JSON.stringify(exampleOf(tool.parameters)), render: asCall(tool.name), ending: 'tool_calls' };
  }
  const text = script;
  return logprobs === undefined
    ? { text, ending: 'stop' }
    : { text, ending: 'stop', render: (chunk) => ({ text: chunk, details: describeTokens(chunk, logprobs) }) };
};

// A model decides for itself; a script calls nothing that it need not call.
const forcedTool = (input: GenerationInput) => {
  if (input.kind !== 'chat' || input.toolUse === undefined) return undefined;
  const { tools, choice } = input.toolUse;
  if (choice === 'required') return tools[0];
  return typeof choice === 'object' ? tools.find(({ name }) => name === choice.name) : undefined;
};

const asCall = (name: string): ((chunk: string) => Spoken) => {
  let hasBegun = false;
  return (chunk) => {
    const begins = hasBegun ? {} : { id: `call_${crypto.randomUUID().replaceAll('-', '')}`, name };
    hasBegun = true;
    return { text: '', details: { toolCalls: [{ index: 0, ...begins, arguments: chunk }] } };
  };
};
