import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { ToolCallDelta } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import { mergePieces } from './answer.ts';
import { callWriter, type Emit, type ItemWriter, messageWriter, reasoningWriter } from './response-items.ts';
import { type OutputItem, type ResponseEnvelope, responseObject } from './responses.ts';
import { sseEvent } from './sse.ts';
import type { StreamEncoder } from './stream-writer.ts';

interface Parts extends ResponseEnvelope {
  /** Flat, as this API has it: `code`, `message`, `param`. */
  readonly renderError: (error: ServiceError) => object;
}

/** The events of the Responses API, by OpenAI's names and in its order. */
export const responseStream = (parts: Parts): StreamEncoder<GenerationEvent> => {
  const output: OutputItem[] = [];
  let model = '';
  let sequence = 0;
  let bytes = '';
  let open: ItemWriter | undefined;
  let openCall: number | undefined;

  const emit: Emit = (type, fields) => {
    bytes += sseEvent(type, JSON.stringify({ type, sequence_number: sequence, ...fields }));
    sequence += 1;
  };
  const respond = (
    type: 'created' | 'in_progress' | 'completed' | 'incomplete',
    usage: (GenerationEvent & { type: 'finished' })['usage'] | null,
  ): void => {
    const status = type === 'created' ? 'in_progress' : type;
    emit(`response.${type}`, { response: responseObject(parts, { model, status, output, usage }) });
  };
  const close = (status: 'completed' | 'incomplete' = 'completed'): void => {
    if (open !== undefined) output.push(open.end(status));
    open = undefined;
    openCall = undefined;
  };
  const switchTo = (kind: ItemWriter['kind'], make: () => ItemWriter): ItemWriter => {
    if (open?.kind === kind) return open;
    close();
    open = make();
    return open;
  };
  const addCall = (call: ToolCallDelta): void => {
    if (openCall !== call.index) close();
    const writer = switchTo('call', () => callWriter(emit, output.length, call));
    openCall = call.index;
    writer.add(call.arguments);
  };
  const finish = ({ reason, usage }: GenerationEvent & { type: 'finished' }): void => {
    // An answer without a word is an empty message, not a response without output.
    if (open === undefined && output.length === 0) open = messageWriter(emit, 0);
    const status = reason === 'length' ? 'incomplete' : 'completed';
    close(status);
    respond(status, usage);
  };

  const take = (event: GenerationEvent): void => {
    switch (event.type) {
      case 'accepted':
        model = event.model;
        respond('created', null);
        return respond('in_progress', null);
      case 'text':
        if (event.text === '' && event.logprobs === undefined) return;
        return switchTo('message', () => messageWriter(emit, output.length)).add(event.text, event.logprobs);
      case 'reasoning':
        if (event.text === '') return;
        return switchTo('reasoning', () => reasoningWriter(emit, output.length)).add(event.text);
      case 'toolCalls':
        return event.calls.forEach(addCall);
      case 'ended':
        return;
      case 'finished':
        return finish(event);
    }
  };

  return {
    encode(event) {
      bytes = '';
      take(event);
      return bytes;
    },
    merge: mergePieces,
    fail(error) {
      bytes = '';
      emit('error', parts.renderError(error));
      return bytes;
    },
  };
};
