import { type LlamaModel, LlamaText, SpecialTokensText, type Token } from 'node-llama-cpp';
import type { GenerationInput } from '../protocol/generation.ts';
import { createChatTemplate } from './chat-template.ts';

/** `tokenizer.ggml.token_type`: control, unknown. */
const CONTROL_TYPES = new Set<unknown>([2, 3]);

/** Turns prompts into the tokens of one model. */
export const createPromptReader = (model: LlamaModel, chatTemplate: string | undefined) => {
  const renderChat = createChatTemplate({
    source: chatTemplate ?? model.fileInfo.metadata.tokenizer?.chat_template,
    bosToken: model.tokens.bosString ?? '',
    eosToken: model.tokens.eosString ?? '',
    hasControlToken: controlTokenTest(model),
  });
  const { bos, eos, shouldPrependBosToken } = model.tokens;
  // A model needs something to go on from.
  const nothing = [bos ?? eos].filter((token) => token !== null);

  return (input: GenerationInput): Token[] => {
    const tokens =
      input.kind === 'text' ? model.tokenize(input.prompt, false) : tokenizeParts(model, renderChat(input.messages));
    if (tokens.length === 0) return nothing;
    const isBosMissing = shouldPrependBosToken && bos !== null && tokens[0] !== bos;
    return isBosMissing ? [bos, ...tokens] : tokens;
  };
};

const tokenizeParts = (model: LlamaModel, parts: ReturnType<ReturnType<typeof createChatTemplate>>): Token[] => {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return model.tokenize(first.text, first.isControl);
  const text = LlamaText(parts.map((part) => (part.isControl ? new SpecialTokensText(part.text) : part.text)));
  return text.tokenize(model.tokenizer);
};

/** True for a text that contains a control token of the model. */
const controlTokenTest = (model: LlamaModel): ((text: string) => boolean) => {
  const { tokens, token_type: types } = model.fileInfo.metadata.tokenizer?.ggml ?? {};
  const names: string[] = [];
  for (const [index, type] of (types ?? []).entries()) {
    const name = tokens?.[index];
    if (CONTROL_TYPES.has(type) && name !== undefined && name !== '') names.push(name);
  }
  return (text) => names.some((name) => text.includes(name));
};
