import type { TokenLogprob, ToolCallDelta } from '../../engine/protocol/generation.ts';
import { tokenLogprobs } from './logprobs.ts';
import { callItem, itemId, messageItem, type OutputItem, reasoningItem, textPart } from './responses.ts';

/** Writes one event of the stream. */
export type Emit = (type: string, fields: object) => void;

/** One item of the output while it grows. */
export interface ItemWriter {
  readonly kind: 'message' | 'reasoning' | 'call';
  add(text: string, logprobs?: readonly TokenLogprob[]): void;
  /** Tells that it is whole and answers with all of it. */
  end(status: 'completed' | 'incomplete'): OutputItem;
}

/** A message; it begins at once. */
export const messageWriter = (emit: Emit, index: number): ItemWriter => {
  const id = itemId('msg');
  const place = { item_id: id, output_index: index, content_index: 0 };
  const logprobs: TokenLogprob[] = [];
  let text = '';
  emit('response.output_item.added', { output_index: index, item: messageItem(id, 'in_progress') });
  emit('response.content_part.added', { ...place, part: textPart('') });
  return {
    kind: 'message',
    add(more, likelihoods = []) {
      text += more;
      logprobs.push(...likelihoods);
      emit('response.output_text.delta', { ...place, delta: more, logprobs: tokenLogprobs(likelihoods) });
    },
    end(status) {
      const part = textPart(text, logprobs);
      const item = messageItem(id, status, part);
      emit('response.output_text.done', { ...place, text, logprobs: part.logprobs });
      emit('response.content_part.done', { ...place, part });
      emit('response.output_item.done', { output_index: index, item });
      return item;
    },
  };
};

/** What the model thinks. */
export const reasoningWriter = (emit: Emit, index: number): ItemWriter => {
  const id = itemId('rs');
  const place = { item_id: id, output_index: index, content_index: 0 };
  let text = '';
  const part = () => ({ type: 'reasoning_text', text });
  emit('response.output_item.added', { output_index: index, item: reasoningItem(id, 'in_progress') });
  emit('response.content_part.added', { ...place, part: part() });
  return {
    kind: 'reasoning',
    add(more) {
      text += more;
      emit('response.reasoning_text.delta', { ...place, delta: more });
    },
    end(status) {
      const item = reasoningItem(id, status, text);
      emit('response.reasoning_text.done', { ...place, text });
      emit('response.content_part.done', { ...place, part: part() });
      emit('response.output_item.done', { output_index: index, item });
      return item;
    },
  };
};

/** A call of a tool. */
export const callWriter = (emit: Emit, index: number, call: ToolCallDelta): ItemWriter => {
  const id = itemId('fc');
  const place = { item_id: id, output_index: index };
  const named = { id: call.id ?? '', name: call.name ?? '' };
  let text = '';
  emit('response.output_item.added', {
    output_index: index,
    item: callItem(id, 'in_progress', { ...named, arguments: '' }),
  });
  return {
    kind: 'call',
    add(more) {
      if (more === '') return;
      text += more;
      emit('response.function_call_arguments.delta', { ...place, delta: more });
    },
    end(status) {
      const item = callItem(id, status, { ...named, arguments: text });
      emit('response.function_call_arguments.done', { ...place, name: named.name, arguments: text });
      emit('response.output_item.done', { output_index: index, item });
      return item;
    },
  };
};
