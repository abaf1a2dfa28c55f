import type { GenerationInput, Task } from '../engine/protocol/generation.ts';
import type { GenerationCall, GenerationEvent } from './call.ts';

/** About four characters a token: enough for a budget that is settled with the true count afterwards. */
const CHARACTERS_PER_TOKEN = 4;

const estimateText = (texts: readonly string[]): number => {
  let characters = 0;
  for (const text of texts) characters += text.length;
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
};

const estimateInput = (input: GenerationInput): number => {
  if (input.kind === 'tokens') return input.tokens.length;
  return estimateText(input.kind === 'chat' ? input.messages.map(({ content }) => content) : [input.prompt]);
};

/** Tokens a task will read, before anybody has counted. */
export const estimateTask = (task: Task): number => {
  switch (task.kind) {
    case 'embed':
      return task.inputs.reduce(
        (sum, input) => sum + (typeof input === 'string' ? estimateText([input]) : input.length),
        0,
      );
    case 'rerank':
      // The query is read once for each document.
      return estimateText(task.documents) + task.documents.length * estimateText([task.query]);
    case 'score':
      return estimateInput(task.input);
    case 'tokenize':
    case 'detokenize':
      return 0; // no model computes
  }
};

/** Tokens a generation may use at most, before anybody has counted; its answers share their prompt. */
export const estimateTokens = ({ request, choices = 1 }: GenerationCall): number =>
  estimateInput(request.input) + choices * (request.maxTokens ?? 0);

/** Counts what an answer uses of its key's tokens: half an answer half of it, one from the cache nothing. */
export const createMeter = () => {
  let used = 0;
  let isFree = false;
  return {
    usedTokens: () => (isFree ? 0 : used),
    see(event: GenerationEvent): void {
      if (event.type === 'accepted') {
        isFree = event.cache === 'hit';
        used = event.promptTokens ?? 0;
      } else if (event.type === 'finished') used = event.usage.promptTokens + event.usage.completionTokens;
      else if (event.type !== 'ended') used += event.tokens;
    },
  };
};
