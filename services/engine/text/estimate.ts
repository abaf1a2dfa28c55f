import type { GenerationInput } from '../protocol/generation.ts';

const CHARACTERS_PER_TOKEN = 4;

/** About how many tokens so many characters are. */
export const estimateTokens = (characters: number): number => Math.ceil(characters / CHARACTERS_PER_TOKEN);

/** About how many tokens a prompt has, for engines that cannot count. */
export const estimatePromptTokens = (input: GenerationInput): number => {
  if (input.kind === 'text') return estimateTokens(input.prompt.length);
  if (input.kind === 'tokens') return input.tokens.length;
  let characters = 0;
  for (const message of input.messages) characters += message.content.length;
  return estimateTokens(characters);
};
