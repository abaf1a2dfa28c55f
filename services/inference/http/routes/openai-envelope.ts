import { randomUUID } from 'node:crypto';
import type { Priority } from '../../../engine/protocol/generation.ts';
import type { OpenAiEnvelope } from '../../respond/openai.ts';
import type { OpenAiStreamParts } from '../../respond/openai-chunks.ts';
import { errorBody } from '../errors.ts';
import type { Asked, GenerationDeps } from './generation.ts';

/** What the OpenAI routes need besides what every generating route needs. */
export interface OpenAiDeps extends GenerationDeps {
  /** Names the back-end configuration behind a model. */
  readonly fingerprint: (model: string) => string;
}

const newId = (prefix: string): string => `${prefix}-${randomUUID().replaceAll('-', '')}`;

/** OpenAI's unit of time. */
export const secondsOf = (epochMs: number): number => Math.floor(epochMs / 1000);

/** Id, time and fingerprint of one complete answer. */
export const envelopeOf = ({ now, fingerprint }: OpenAiDeps, prefix: string, model: string): OpenAiEnvelope => ({
  id: newId(prefix),
  created: secondsOf(now()),
  fingerprint: fingerprint(model),
});

interface StreamOf {
  readonly prefix: string;
  readonly options: { readonly include_usage?: boolean | undefined } | null | undefined;
  /** Answers to come. */
  readonly choices: number;
}

/** What all chunks of one streamed answer share. */
export const streamPartsOf = (
  { requestId }: Asked,
  { now, fingerprint }: OpenAiDeps,
  { prefix, options, choices }: StreamOf,
): OpenAiStreamParts => ({
  id: newId(prefix),
  created: secondsOf(now()),
  fingerprint,
  includeUsage: options?.include_usage === true,
  choices,
  renderError: (error) => errorBody(error, 'openai', requestId),
});

/** The official clients cannot leave `model` out, so a scenario, which only its user sends, goes before it. */
export const choiceOf = ({
  model,
  scenario,
}: {
  readonly model?: string | undefined;
  readonly scenario?: string | undefined;
}) => (scenario === undefined ? { model, scenario } : { model: undefined, scenario });

interface Urgent {
  readonly priority?: Priority | null | undefined;
  readonly deadline_ms?: number | null | undefined;
}

/** Who waits less, and until when an answer is worth something. */
export const urgencyOf = ({ priority, deadline_ms: deadlineMs }: Urgent, now: number) => ({
  ...(priority === undefined || priority === null ? {} : { priority }),
  ...(deadlineMs === undefined || deadlineMs === null ? {} : { deadlineAt: now + deadlineMs }),
});
