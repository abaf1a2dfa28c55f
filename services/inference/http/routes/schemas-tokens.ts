import { z } from 'zod';
import { count, described, modelName, ONE_CHOICE, ONE_INPUT, scenarioName } from './schemas.ts';
import { chatMessage } from './schemas-inference.ts';
import { templateVariables } from './schemas-sampling.ts';
import { nativeTools } from './schemas-tools.ts';

const choice = { model: modelName.optional(), scenario: scenarioName.optional() } as const;

export const tokenizeBody = z
  .strictObject({
    prompt: described(z.string().min(1).optional(), 'A text as it is. Exactly one of `prompt` and `messages`.'),
    messages: described(z.array(chatMessage).min(1).optional(), "A conversation, put into the model's chat template."),
    tools: described(nativeTools.optional(), 'Tools that the chat template describes to the model.'),
    templateVariables: described(templateVariables.optional(), 'Variables for the chat template.'),
    ...choice,
  })
  .meta({ id: 'TokenizeRequest', ...ONE_INPUT, ...ONE_CHOICE });

export type TokenizeBody = z.output<typeof tokenizeBody>;

const MAX_TOKENS = 131_072;

export const detokenizeBody = z
  .strictObject({
    tokens: described(
      z
        .array(
          z
            .int()
            .min(0)
            .max(2 ** 31 - 1),
        )
        .max(MAX_TOKENS),
      'Token ids.',
    ),
    ...choice,
  })
  .meta({ id: 'DetokenizeRequest', ...ONE_CHOICE });

export const tokenizeAnswer = z
  .strictObject({
    model: z.string(),
    tokens: z.array(count),
    count,
    pieces: described(z.array(z.string()), 'Each token as text, in the order of `tokens`.'),
  })
  .meta({ id: 'TokenizeAnswer' });

export const detokenizeAnswer = z
  .strictObject({ model: z.string(), text: z.string() })
  .meta({ id: 'DetokenizeAnswer' });

export const countAnswer = z.strictObject({ model: z.string(), count }).meta({ id: 'TokenCount' });
