import {
  type LlamaContextSequence,
  type LlamaGrammar,
  LlamaGrammarEvaluationState,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import type { GenerationSink } from '../engine.ts';
import { asEngineError } from '../failure.ts';
import type { GenerationRequest } from '../protocol/generation.ts';
import { createDetokenizer } from './detokenizer.ts';
import { createJsonEnd } from './json-end.ts';
import type { LlamaOptions } from './options.ts';

export interface GenerationOptions {
  readonly id: number;
  /** Number of its sequence in the context. */
  readonly place: number;
  readonly model: LlamaModel;
  readonly sequence: LlamaContextSequence;
  readonly prompt: Token[];
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
  const { id, place, model, sequence, prompt, limit, sink, onEvaluation } = options;
  const detokenizer = createDetokenizer((tokens, context) => model.detokenize(tokens, false, context));
  const jsonEnd = options.grammar === undefined ? undefined : createJsonEnd();
  let at = 0;
  let tokens: AsyncGenerator<Token, void, unknown> | undefined;
  let written = 0;

  const write = (token: Token): boolean => {
    written += 1;
    const text = detokenizer.push(token);
    const end = jsonEnd?.(text);
    if (!sink.tokens(end === undefined ? text : text.slice(0, end), 1)) return false;
    if (end !== undefined) {
      sink.finished('stop');
      return false;
    }
    return written < limit || finish('length');
  };

  const finish = (reason: 'stop' | 'length'): false => {
    const rest = detokenizer.end();
    if (rest === '' || sink.tokens(rest, 0)) sink.finished(reason);
    return false;
  };

  const compute = async (chunk: Token[]): Promise<void> => {
    onEvaluation();
    await sequence.evaluateWithoutGeneratingNewTokens(chunk);
    at += chunk.length;
  };

  const begin = (): AsyncGenerator<Token, void, unknown> => {
    onEvaluation();
    return sequence.evaluate(prompt.slice(at), samplingOf(options));
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

const samplingOf = ({ request, model, grammar, sampling }: GenerationOptions) => ({
  temperature: request.temperature,
  topP: request.topP,
  topK: sampling.topK,
  minP: sampling.minP,
  seed: toSamplerSeed(request.seed ?? Math.floor(Math.random() * TWO_32)),
  ...(grammar === undefined ? {} : { grammarEvaluationState: new LlamaGrammarEvaluationState({ model, grammar }) }),
});

const TWO_32 = 0x1_0000_0000;

/** What llama.cpp takes for «any seed will do». */
const ANY_SEED = 0xffff_ffff;

/** The sampler takes 32 bits without a sign and would read 0 for most other numbers; every bit of a seed counts. */
const toSamplerSeed = (seed: number): number => (((seed % TWO_32) ^ Math.floor(seed / TWO_32)) >>> 0) % ANY_SEED;
