import { z } from 'zod';
import type { Likelihood, TokenDetails, TokenLogprob, ToolCallDelta } from '../protocol/generation.ts';

const likelihood = z.object({ token: z.string(), logprob: z.number(), bytes: z.array(z.int()).nullish() });

const chatLogprobs = z.object({
  content: z.array(likelihood.extend({ top_logprobs: z.array(likelihood).default([]) })).nullish(),
});

/** Parallel lists, as legacy completions have them. */
const textLogprobs = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
});

const toolCall = z.object({
  index: z.int().min(0).default(0),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});

/** One choice of a chunk, of either route. */
export const choiceSchema = z.object({
  text: z.string().nullish(),
  delta: z
    .object({
      content: z.string().nullish(),
      // What upstreams call the same: the second is the newer name of some.
      reasoning_content: z.string().nullish(),
      reasoning: z.string().nullish(),
      tool_calls: z.array(toolCall).nullish(),
    })
    .nullish(),
  logprobs: z.union([textLogprobs, chatLogprobs]).nullish(),
  finish_reason: z.string().nullish(),
});

type Choice = z.output<typeof choiceSchema>;

/** What a choice says besides its text; undefined: nothing. */
export const detailsOf = ({ delta, logprobs }: Choice): TokenDetails | undefined => {
  const reasoning = delta?.reasoning_content ?? delta?.reasoning ?? '';
  const calls = delta?.tool_calls ?? [];
  const likely = logprobs === null || logprobs === undefined ? [] : toLogprobs(logprobs);
  if (reasoning === '' && calls.length === 0 && likely.length === 0) return undefined;
  return {
    ...(reasoning === '' ? {} : { reasoning }),
    ...(calls.length === 0 ? {} : { toolCalls: calls.map(toCall) }),
    ...(likely.length === 0 ? {} : { logprobs: likely }),
  };
};

const toCall = ({ index, id, function: called }: z.output<typeof toolCall>): ToolCallDelta => ({
  index,
  ...(id === null || id === undefined || id === '' ? {} : { id }),
  ...(called?.name === null || called?.name === undefined || called.name === '' ? {} : { name: called.name }),
  arguments: called?.arguments ?? '',
});

const toLogprobs = (logprobs: NonNullable<Choice['logprobs']>): readonly TokenLogprob[] => {
  if ('content' in logprobs) {
    return (logprobs.content ?? []).map(({ top_logprobs, ...own }) => ({
      ...toLikelihood(own),
      top: top_logprobs.map(toLikelihood),
    }));
  }
  if (!('tokens' in logprobs)) return [];
  const { tokens, token_logprobs, top_logprobs } = logprobs;
  return tokens.map((token, index) => ({
    ...toLikelihood({ token, logprob: token_logprobs[index] ?? 0 }),
    top: Object.entries(top_logprobs?.[index] ?? {})
      .sort(([, a], [, b]) => b - a)
      .map(([other, logprob]) => toLikelihood({ token: other, logprob })),
  }));
};

const toLikelihood = ({ token, logprob, bytes }: z.output<typeof likelihood>): Likelihood => ({
  token,
  logprob,
  bytes: bytes ?? [...Buffer.from(token)],
});
