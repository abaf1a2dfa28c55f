import type { Vocabulary } from '../ffi/vocabulary.ts';
import { createChatTemplate } from '../node-llama-cpp/chat-template.ts';
import type { GenerationInput } from '../protocol/generation.ts';

/** Turns prompts into the tokens of one model; what a user writes never becomes a control token. */
export const createPromptReader = (vocabulary: Vocabulary, template: string | undefined) => {
  const renderChat = createChatTemplate({
    source: template,
    bosToken: vocabulary.bosText,
    eosToken: vocabulary.eosText,
    hasControlToken: vocabulary.hasControlName,
  });

  const tokensOf = (input: GenerationInput): number[] => {
    if (input.kind === 'text') return vocabulary.tokenize(input.prompt, false);
    return renderChat(input.messages).flatMap(({ text, isControl }) => vocabulary.tokenize(text, isControl));
  };

  return (input: GenerationInput): number[] => {
    const tokens = tokensOf(input);
    const { beginning } = vocabulary;
    return beginning === undefined || tokens[0] === beginning ? tokens : [beginning, ...tokens];
  };
};
