import type { LlamaContextSequence, LlamaGrammar, LlamaModel, Token } from 'node-llama-cpp';
import type { AnswerPlan } from '../chat/answer-plan.ts';
import { createAnswerReader } from '../chat/answer-reader.ts';
import type { GenerationSink } from '../engine.ts';
import { asEngineError } from '../failure.ts';
import { createAnswerText, needsReader } from '../llama/answer-text.ts';
import type { AnswerText } from '../loop/task.ts';
import type { GenerationRequest } from '../protocol/generation.ts';
import { createDetokenizer } from './detokenizer.ts';
import type { LlamaOptions } from './options.ts';
import { samplingOf } from './sampling.ts';

export interface GenerationOptions {
  readonly id: number;
  /** Number of its sequence in the context. */
  readonly place: number;
  readonly model: LlamaModel;
  readonly sequence: LlamaContextSequence;
  readonly prompt: Token[];
  readonly plan: AnswerPlan;
  readonly limit: number;
  readonly request: GenerationRequest;
  readonly grammar: LlamaGrammar | undefined;
  readonly sampling: Pick<LlamaOptions, 'topK' | 'minP'>;
  readonly sink: GenerationSink;
  /** Called for each evaluation that is begun. */
  readonly onEvaluation: () => void;
}

/** One sequence at work. */
export interface Generation {
  readonly id: number;
  readonly place: number;
  /** Prompt tokens that are not computed yet. */
  readonly promptLeft: number;
  /** Computes up to so many prompt tokens, or one token of the answer; false when that was the last. Never rejects. */
  step(promptTokens: number): Promise<boolean>;
  /** Forgets everything the sequence holds, so that the next one can have it. */
  end(): Promise<void>;
}

/** Runs one request in one sequence of the context, step by step. */
export const createGeneration = (options: GenerationOptions): Generation => {
  const { id, place, sequence, prompt, limit, sink, onEvaluation } = options;
  const reader = createReader(options);
  let at = 0;
  let tokens: AsyncGenerator<Token, void, unknown> | undefined;
  const answer: Token[] = [];

  const write = (token: Token): boolean => {
    answer.push(token);
    const { text, details, isEnd } = reader.push(token);
    if (!sink.tokens(text, 1, details)) return false;
    if (isEnd) return finish('stop');
    return answer.length < limit || finish('length');
  };

  const finish = (reason: 'stop' | 'length'): false => {
    const rest = [reader.push(NO_MORE), reader.end()] as const;
    const isSent = rest.every(
      ({ text, details }) => (text === '' && details === undefined) || sink.tokens(text, 0, details),
    );
    if (isSent) sink.finished(reason === 'stop' ? (rest[1].reason ?? reason) : reason);
    return false;
  };

  const compute = async (chunk: Token[]): Promise<void> => {
    onEvaluation();
    await sequence.evaluateWithoutGeneratingNewTokens(chunk);
    at += chunk.length;
  };

  const begin = (): AsyncGenerator<Token, void, unknown> => {
    onEvaluation();
    return sequence.evaluate(prompt.slice(at), samplingOf(options, answer));
  };

  const advance = async (promptTokens: number): Promise<boolean> => {
    if (at + promptTokens < prompt.length) {
      if (promptTokens > 0) await compute(prompt.slice(at, at + promptTokens));
      return true;
    }
    tokens ??= begin();
    const next = await tokens.next();
    at = prompt.length;
    return next.done === true ? finish('stop') : write(next.value);
  };

  return {
    id,
    place,
    get promptLeft() {
      return prompt.length - at;
    },
    step: (promptTokens) =>
      advance(promptTokens).catch((error: unknown) => {
        sink.failed(asEngineError(error));
        return false;
      }),
    async end() {
      await tokens?.return();
      await sequence.clearHistory();
    },
  };
};

/** In place of a token: what is left of the last ones. */
const NO_MORE = -1;

/** Reads the answer from the pieces the library makes of its tokens, which are whole characters. */
const createReader = ({ model, plan }: GenerationOptions): AnswerText => {
  const isMark = (token: Token): boolean =>
    plan.marks.length > 0 &&
    model.isSpecialToken(token) &&
    plan.marks.some((mark) => mark.includes(model.detokenize([token], true)));
  const detokenizer = createDetokenizer((tokens, context) => model.detokenize(tokens, tokens.some(isMark), context));
  return createAnswerText({
    // Safe: a token of the library is a number with a mark on it.
    bytesOf: (token) => Buffer.from(token === NO_MORE ? detokenizer.end() : detokenizer.push(token as Token)),
    isTrimmed: false,
    ...(needsReader(plan) ? { reader: createAnswerReader(plan) } : {}),
  });
};
