import type { GenerationInput } from '../../../engine/protocol/generation.ts';
import type { GenerationCall, GenerationEvent } from '../../call.ts';
import type { Flow } from '../../flow.ts';
import type { Echo } from '../../respond/logprobs.ts';
import { mergeGenerations } from '../../respond/several.ts';
import { invalidField } from './refusals.ts';
import { type CompletionBody, MAX_PROMPTS } from './schemas-openai-text.ts';
import { entriesOf, type TextOrTokens } from './token-lists.ts';

/** The prompts of a legacy completion, one or many. */
export const promptsOf = ({ prompt }: CompletionBody): readonly TextOrTokens[] => {
  const prompts = entriesOf(prompt, 'prompt');
  if (prompts.length <= MAX_PROMPTS) return prompts;
  throw invalidField('prompt', `at most ${MAX_PROMPTS} prompts`, String(prompts.length), 'send several requests');
};

interface Prompted {
  readonly call: Omit<GenerationCall, 'request'>;
  readonly request: Omit<GenerationCall['request'], 'input'>;
  readonly prompts: readonly TextOrTokens[];
}

/** Generates for each prompt; with several of them their choices come one prompt after another. */
export const generateAll = (flow: Flow, { call, request, prompts }: Prompted): AsyncIterable<GenerationEvent> => {
  const of = (prompt: TextOrTokens, signal: AbortSignal) =>
    request.maxTokens === 0
      ? readOnly(flow, { ...call, signal }, inputOf(prompt))
      : flow.generate({ ...call, signal, request: { ...request, input: inputOf(prompt) } });
  const [first] = prompts;
  if (prompts.length === 1 && first !== undefined) return of(first, call.signal);
  const controller = new AbortController();
  const signal = AbortSignal.any([call.signal, controller.signal]);
  return mergeGenerations({
    generations: prompts.map((prompt) => of(prompt, signal)),
    choicesEach: call.choices ?? 1,
    cancel: () => controller.abort(),
  });
};

/** An answer without a token, of which only the prompt is counted; no model computes. */
async function* readOnly(
  flow: Flow,
  call: Omit<GenerationCall, 'request'>,
  input: GenerationInput,
): AsyncGenerator<GenerationEvent> {
  const { model, tokens } = await flow.compute({ ...call, task: { kind: 'tokenize', input } });
  const choices = call.choices ?? 1;
  yield { type: 'accepted', model, promptTokens: tokens.length };
  for (let choice = 0; choices > 1 && choice < choices; choice += 1) yield { type: 'ended', choice, reason: 'length' };
  yield {
    type: 'finished',
    reason: 'length',
    usage: { promptTokens: tokens.length, completionTokens: 0, cachedTokens: 0 },
    timings: { queueMs: 0, prefillMs: 0, decodeMs: 0 },
  };
}

const inputOf = (prompt: TextOrTokens): GenerationInput =>
  typeof prompt === 'string' ? { kind: 'text', prompt } : { kind: 'tokens', tokens: prompt };

/** What comes before the text of each choice; with `top` also how likely it is, with so many alternatives. */
export const echoesOf = async (
  flow: Flow,
  call: Omit<GenerationCall, 'request'>,
  prompts: readonly TextOrTokens[],
  top: number | null | undefined,
): Promise<readonly Echo[]> => {
  const echoes = await Promise.all(
    prompts.map(async (prompt): Promise<Echo> => {
      const text = typeof prompt === 'string' ? prompt : await textOf(flow, call, prompt);
      if (top === undefined || top === null) return { text };
      const { logprobs } = await flow.compute({ ...call, task: { kind: 'score', input: inputOf(prompt), top } });
      return { text, logprobs };
    }),
  );
  return echoes.flatMap((echo) => Array<Echo>(call.choices ?? 1).fill(echo));
};

/** Token ids are turned back into text by the model that reads them. */
const textOf = async (flow: Flow, call: Omit<GenerationCall, 'request'>, tokens: readonly number[]): Promise<string> =>
  (await flow.compute({ ...call, task: { kind: 'detokenize', tokens } })).text;
