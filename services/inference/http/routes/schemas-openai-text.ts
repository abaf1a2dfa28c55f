import { z } from 'zod';
import { described } from './schemas.ts';
import { generation, MAX_CHOICES, modelChoice, ONLY_DEFAULT, user } from './schemas-openai.ts';
import { grammarText, SAMPLING_NOTES } from './schemas-sampling.ts';

/** Most prompts of one completion. */
export const MAX_PROMPTS = 128;
const MAX_INPUTS = 2048;

export const completionBody = z
  .strictObject({
    prompt: described(
      z.union([z.string().min(1), z.array(z.unknown()).min(1)]),
      `A text, token ids, or a list of up to ${MAX_PROMPTS} of either; each of them is answered \`n\` times.`,
    ),
    ...generation,
    max_tokens: described(
      z.int().min(0).nullish(),
      'Most tokens of the answer, at most `limits.maxOutputTokens`. With `echo` it may be 0: nothing is generated.',
    ),
    echo: described(z.boolean().nullish(), 'The prompt comes first in the text of the answer.'),
    best_of: described(
      z.int().min(1).max(MAX_CHOICES).nullish(),
      'So many are written, and the `n` likeliest by token answered; all of them count. Not with `stream`.',
    ),
    logprobs: described(
      z.int().min(0).max(5).nullish(),
      'The log probability of each token of the answer and of this many likeliest ones in its place; with `echo` those of the prompt too, which is then read once more.',
    ),
    grammar: described(grammarText.nullish(), `Not OpenAI's: ${SAMPLING_NOTES.grammar}`),
    suffix: described(z.string().nullish(), ONLY_DEFAULT),
  })
  .meta({ id: 'CompletionRequest' });

export type CompletionBody = z.output<typeof completionBody>;

export const embeddingBody = z
  .strictObject({
    input: described(
      z.union([z.string().min(1), z.array(z.unknown()).min(1).max(MAX_INPUTS)]),
      'A text, token ids, or a list of either.',
    ),
    ...modelChoice,
    encoding_format: described(
      z.enum(['float', 'base64']).nullish(),
      '`base64`: little-endian 32-bit floats. Default `float`.',
    ),
    dimensions: described(z.int().min(1).nullish(), 'Must be what the model gives.'),
    user,
  })
  .meta({ id: 'EmbeddingRequest' });

export type EmbeddingBody = z.output<typeof embeddingBody>;

const MAX_DOCUMENTS = 1024;

export const rerankBody = z
  .strictObject({
    query: described(z.string().min(1), 'What the documents are to answer.'),
    documents: described(
      z
        .array(z.union([z.string().min(1), z.looseObject({ text: z.string().min(1) })]))
        .min(1)
        .max(MAX_DOCUMENTS),
      'Texts, or objects with a `text`.',
    ),
    ...modelChoice,
    top_n: described(z.int().min(1).nullish(), 'At most this many results. Default: all.'),
    return_documents: described(z.boolean().nullish(), 'Repeat the documents beside their scores. Default false.'),
    user,
  })
  .meta({ id: 'RerankRequest' });

export type RerankBody = z.output<typeof rerankBody>;
