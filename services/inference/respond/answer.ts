import { ServiceError } from '../../../core/errors/service-error.ts';
import type { FinishReason, TokenLogprob, ToolCall, ToolCallDelta } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';

export type Finished = GenerationEvent & { readonly type: 'finished' };

/** One of the answers to a prompt. */
export interface ChoiceAnswer {
  readonly text: string;
  /** What the model thought first; empty where it did not. */
  readonly reasoning: string;
  readonly toolCalls: readonly ToolCall[];
  /** Absent: they were not asked for. */
  readonly logprobs?: readonly TokenLogprob[];
  readonly reason: FinishReason;
}

/** One complete answer: its events put together. */
export interface Answer {
  readonly model: string;
  /** By their index. */
  readonly choices: readonly [ChoiceAnswer, ...ChoiceAnswer[]];
  readonly finished: Finished;
}

/** Reads a generation to its end; `see` is shown every event on the way. */
export const collectAnswer = async (
  events: AsyncIterable<GenerationEvent>,
  see?: (event: GenerationEvent) => void,
): Promise<Answer> => {
  let model: string | undefined;
  let finished: Finished | undefined;
  const first = createDraft();
  const drafts = [first];
  for await (const event of events) {
    see?.(event);
    if (event.type === 'accepted') model = event.model;
    else if (event.type === 'finished') finished = event;
    else draftAt(drafts, event.choice ?? 0).add(event);
  }
  if (model === undefined || finished === undefined) {
    throw new ServiceError('ERR_HTTP_INTERNAL', 'the generation ended without being accepted and finished');
  }
  const { reason } = finished;
  return { model, choices: [first.end(reason), ...drafts.slice(1).map((draft) => draft.end(reason))], finished };
};

type Piece = Exclude<GenerationEvent, { readonly type: 'accepted' | 'finished' }>;

interface Draft {
  add(piece: Piece): void;
  /** `reason` where its own end was not told. */
  end(reason: FinishReason): ChoiceAnswer;
}

const draftAt = (drafts: Draft[], choice: number): Draft => {
  while (drafts.length <= choice) drafts.push(createDraft());
  // Safe: the line above made it.
  return drafts[choice] as Draft;
};

const createDraft = (): Draft => {
  let text = '';
  let reasoning = '';
  let logprobs: TokenLogprob[] | undefined;
  let ownReason: FinishReason | undefined;
  const toolCalls: ToolCall[] = [];
  return {
    add(piece) {
      switch (piece.type) {
        case 'text':
          text += piece.text;
          if (piece.logprobs === undefined) return;
          logprobs ??= [];
          logprobs.push(...piece.logprobs);
          return;
        case 'reasoning':
          reasoning += piece.text;
          return;
        case 'toolCalls':
          for (const delta of piece.calls) addToolCall(toolCalls, delta);
          return;
        case 'ended':
          ownReason = piece.reason;
      }
    },
    end: (reason) => ({
      text,
      reasoning,
      toolCalls,
      ...(logprobs === undefined ? {} : { logprobs }),
      reason: ownReason ?? reason,
    }),
  };
};

const addToolCall = (calls: ToolCall[], { index, id, name, arguments: more }: ToolCallDelta): void => {
  const known = calls[index];
  calls[index] = {
    id: known?.id ?? id ?? '',
    name: known?.name ?? name ?? '',
    arguments: (known?.arguments ?? '') + more,
  };
};

/** Two pieces of the same kind and choice are one longer piece; everything else stands alone. */
export const mergePieces = (earlier: GenerationEvent, later: GenerationEvent): GenerationEvent | undefined => {
  if (earlier.type === 'accepted' || earlier.type === 'ended' || earlier.type === 'finished') return undefined;
  if (later.type === 'accepted' || later.type === 'ended' || later.type === 'finished') return undefined;
  if (earlier.choice !== later.choice) return undefined;
  const tokens = earlier.tokens + later.tokens;
  if (earlier.type === 'toolCalls' && later.type === 'toolCalls') {
    return { ...earlier, calls: [...earlier.calls, ...later.calls], tokens };
  }
  if (earlier.type === 'reasoning' && later.type === 'reasoning') {
    return { ...earlier, text: earlier.text + later.text, tokens };
  }
  if (earlier.type !== 'text' || later.type !== 'text') return undefined;
  const logprobs = [...(earlier.logprobs ?? []), ...(later.logprobs ?? [])];
  return { ...earlier, text: earlier.text + later.text, tokens, ...(logprobs.length === 0 ? {} : { logprobs }) };
};
