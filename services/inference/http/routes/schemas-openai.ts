import { z } from 'zod';
import {
  described,
  maxTokens,
  milliseconds,
  modelName,
  onlyNull,
  priority,
  scenarioName,
  seed,
  stopText,
  temperature,
  topP,
} from './schemas.ts';
import { adapterList, logitBias, minP, penalty, repeatPenalty, SAMPLING_NOTES, topK } from './schemas-sampling.ts';

/** OpenAI's own limits where it has one; every field of its API is here, so that none is ever ignored by accident. */
const MAX_STOPS = 4;
export const MAX_CHOICES = 128;
const MAX_DEADLINE_MS = 86_400_000;

export const ONLY_DEFAULT =
  'Accepted where it changes nothing; any other value is answered with 400 `unsupported_parameter`.';
export const IGNORED = 'Accepted and not used.';
const NOT_OPENAI = "Not OpenAI's: ";

/** How a model is chosen: the same in every OpenAI route. */
export const modelChoice = {
  // The official clients always send one; without it the service's default model answers.
  model: described(modelName.optional(), 'Id of a configured model; default: the first one.'),
  scenario: described(
    scenarioName.optional(),
    `${NOT_OPENAI}chooses the model by the constraints of a scenario, whatever \`model\` says.`,
  ),
} as const;

export const user = described(z.string().nullish(), IGNORED);

/** Who waits less and how long: the product's own, for every route that generates. */
export const urgency = {
  priority: described(priority.nullish(), `${NOT_OPENAI}who waits less when requests have to wait.`),
  deadline_ms: described(
    milliseconds.int().min(1).max(MAX_DEADLINE_MS).nullish(),
    `${NOT_OPENAI}milliseconds after which the answer is worthless. Default: \`limits.deadlineMs\`.`,
  ),
} as const;

/** Sampling that OpenAI's API does not have, by the names other servers use. */
export const fineSampling = {
  top_k: described(topK.nullish(), `${NOT_OPENAI}${SAMPLING_NOTES.topK}`),
  min_p: described(minP.nullish(), `${NOT_OPENAI}${SAMPLING_NOTES.minP}`),
  repeat_penalty: described(repeatPenalty.nullish(), `${NOT_OPENAI}${SAMPLING_NOTES.repeatPenalty}`),
  adapters: described(adapterList.nullish(), `${NOT_OPENAI}${SAMPLING_NOTES.adapters}`),
  lora: described(adapterList.nullish(), `${NOT_OPENAI}another name of \`adapters\`.`),
  context_shift: described(z.boolean().nullish(), `${NOT_OPENAI}${SAMPLING_NOTES.contextShift}`),
} as const;

/** What chat and legacy completions have in common. */
export const generation = {
  ...modelChoice,
  max_tokens: described(maxTokens.nullish(), 'Most tokens of the answer, at most `limits.maxOutputTokens`.'),
  temperature: described(temperature.nullish(), '0 takes the likeliest token each time. Default 1.'),
  top_p: described(topP.nullish(), 'Share of the likeliest tokens that are drawn from. Default 1.'),
  seed: described(seed.nullish(), 'The same seed and request give the same answer under one `system_fingerprint`.'),
  stop: described(
    z.union([stopText, z.array(stopText).max(MAX_STOPS), onlyNull]).optional(),
    'The answer ends before the first of these texts; none of them is part of it.',
  ),
  stream: described(z.boolean().nullish(), 'Answer as server-sent events.'),
  stream_options: z
    .strictObject({
      include_usage: described(z.boolean().optional(), 'One more chunk before `[DONE]`, with the token counts.'),
      include_obfuscation: described(z.boolean().optional(), IGNORED),
    })
    .nullish()
    .meta({ description: 'Only with `stream`.' }),
  n: described(z.int().min(1).max(MAX_CHOICES).nullish(), 'Answers wanted; the usage counts all of them. Default 1.'),
  frequency_penalty: described(penalty.nullish(), SAMPLING_NOTES.frequencyPenalty),
  presence_penalty: described(penalty.nullish(), SAMPLING_NOTES.presencePenalty),
  logit_bias: described(logitBias.nullish(), SAMPLING_NOTES.logitBias),
  ...fineSampling,
  ...urgency,
  user,
} as const;

const schemaName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'letters, digits, _ and - (1 to 64 characters)');

/** What a JSON schema is called and is; chat completions nest it, the Responses API does not. */
export const jsonSchemaFields = {
  name: schemaName,
  description: z.string().optional(),
  schema: z.record(z.string(), z.unknown()).optional(),
  strict: described(z.boolean().nullish(), 'The schema is always enforced.'),
} as const;
