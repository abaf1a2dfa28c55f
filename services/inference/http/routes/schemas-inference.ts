import { z } from 'zod';
import {
  anyObject,
  described,
  maxTokens,
  modelName,
  ONE_CHOICE,
  ONE_INPUT,
  priority,
  reasoningEffort,
  scenarioName,
  seed,
  stopText,
  temperature,
  topP,
} from './schemas.ts';
import {
  adapterList,
  grammarText,
  logitBias,
  minP,
  penalty,
  repeatPenalty,
  SAMPLING_NOTES,
  templateVariables,
  topK,
  topLogprobs,
} from './schemas-sampling.ts';
import { nativeToolCalls, nativeToolChoice, nativeTools, PARALLEL_NOTE } from './schemas-tools.ts';

export const NATIVE_DEFAULTS = { temperature: 0.7, topP: 0.95, priority: 'normal', mode: 'sync' } as const;

const MAX_STOPS = 16;
const MAX_URL_CHARACTERS = 2048;
const MAX_DEADLINE_MS = 86_400_000;

export const chatMessage = z
  .strictObject({
    role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
    content: z.string(),
    name: z.string().min(1).max(64).optional(),
    toolCalls: described(nativeToolCalls.min(1).optional(), 'What an earlier assistant turn called.'),
    toolCallId: described(z.string().min(1).optional(), 'Which call a `tool` message answers.'),
    reasoning: described(z.string().min(1).optional(), 'What an earlier assistant turn thought.'),
  })
  .meta({ id: 'Message', description: 'One turn of a conversation.' });

const responseFormat = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('text') }),
    z.strictObject({ type: z.literal('json_object') }),
    z.strictObject({
      type: z.literal('json_schema'),
      schema: described(anyObject, 'JSON Schema the text of the answer will match.'),
    }),
    z.strictObject({ type: z.literal('grammar'), grammar: described(grammarText, SAMPLING_NOTES.grammar) }),
  ])
  .meta({ description: 'What the text of the answer must be; the default is plain text.' });

export const inferenceBody = z
  .strictObject({
    prompt: described(
      z.string().min(1).optional(),
      'Text to continue, as it is: no chat template is applied. Exactly one of `prompt` and `messages`.',
    ),
    messages: described(z.array(chatMessage).min(1).optional(), "A conversation, put into the model's chat template."),
    model: modelName.optional(),
    scenario: scenarioName.optional(),
    maxTokens: described(
      maxTokens.optional(),
      'Most tokens of the answer, at most `limits.maxOutputTokens`. Default: that limit, or the end of the context.',
    ),
    temperature: described(temperature.default(NATIVE_DEFAULTS.temperature), '0 takes the likeliest token each time.'),
    topP: described(topP.default(NATIVE_DEFAULTS.topP), 'Share of the likeliest tokens that are drawn from.'),
    topK: described(topK.optional(), SAMPLING_NOTES.topK.replace('top_p', 'topP')),
    minP: described(minP.optional(), SAMPLING_NOTES.minP),
    frequencyPenalty: described(penalty.optional(), SAMPLING_NOTES.frequencyPenalty),
    presencePenalty: described(penalty.optional(), SAMPLING_NOTES.presencePenalty),
    repeatPenalty: described(repeatPenalty.optional(), SAMPLING_NOTES.repeatPenalty),
    logitBias: described(logitBias.optional(), SAMPLING_NOTES.logitBias),
    logprobs: described(
      topLogprobs.optional(),
      'The log probability of each token and of this many likeliest ones in its place.',
    ),
    seed: described(seed.optional(), 'The same seed and request give the same answer, on the same machine and load.'),
    stop: described(
      z.union([stopText, z.array(stopText).max(MAX_STOPS)]).optional(),
      'The answer ends before the first of these texts; none of them is part of it.',
    ),
    responseFormat: responseFormat.optional(),
    tools: described(nativeTools.optional(), 'Functions the model may call; only with `messages`.'),
    toolChoice: described(nativeToolChoice.optional(), 'Whether and which tools are called. Default `auto`.'),
    parallelToolCalls: described(z.boolean().optional(), PARALLEL_NOTE),
    reasoningEffort: described(reasoningEffort.optional(), SAMPLING_NOTES.reasoningEffort),
    templateVariables: described(templateVariables.optional(), SAMPLING_NOTES.templateVariables),
    adapters: described(adapterList.optional(), SAMPLING_NOTES.adapters),
    contextShift: described(z.boolean().optional(), SAMPLING_NOTES.contextShift),
    stream: described(z.boolean().default(false), 'Answer as server-sent events.'),
    mode: described(
      z.enum(['sync', 'async']).default(NATIVE_DEFAULTS.mode),
      '`async`: answered at once with a job, which survives a restart.',
    ),
    callbackUrl: described(
      z
        .url({ protocol: /^https?$/ })
        .max(MAX_URL_CHARACTERS)
        .optional(),
      'With `async`: gets a signed POST (Standard Webhooks) when the job has ended. Its host must be allowed in the configuration.',
    ),
    priority: described(priority.default(NATIVE_DEFAULTS.priority), 'Who waits less when requests have to wait.'),
    deadlineMs: described(
      z.int().min(1).max(MAX_DEADLINE_MS).optional(),
      'Milliseconds after which the answer is worthless. Default: `limits.deadlineMs`; a job has none.',
    ),
  })
  .meta({ id: 'InferenceRequest', ...ONE_INPUT, ...ONE_CHOICE });

export type InferenceBody = z.output<typeof inferenceBody>;
