import { z } from 'zod';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { EmbeddingVectors } from '../tasks.ts';
import { estimateTokens } from '../text/estimate.ts';
import type { UpstreamClient } from './client.ts';
import { failureFromConnection } from './failures.ts';
import type { Wait } from './silence.ts';

const answer = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.array(z.number()) })),
  usage: z.object({ prompt_tokens: z.int().min(0) }).optional(),
});

/** Asks the upstream for the embeddings of all inputs at once. */
export const embedUpstream = async (
  client: UpstreamClient,
  model: string,
  inputs: readonly string[],
  wait: Wait,
): Promise<EmbeddingVectors> => {
  try {
    const { body } = await client.post(
      { path: '/embeddings', body: { model, input: inputs, encoding_format: 'float' } },
      wait.signal,
    );
    const parsed = answer.safeParse(await body.json().catch(() => undefined));
    if (!parsed.success || parsed.data.data.length !== inputs.length) throw nonsense();
    const { data, usage } = parsed.data;
    const vectors = data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => embedding);
    return { vectors, promptTokens: usage?.prompt_tokens ?? estimate(inputs) };
  } catch (error) {
    throw failureFromConnection(wait.signal.aborted ? wait.signal.reason : error, 'embeddings');
  } finally {
    wait.end();
  }
};

const estimate = (inputs: readonly string[]): number =>
  inputs.reduce((sum, input) => sum + estimateTokens(input.length), 0);

const nonsense = (): ServiceError =>
  new ServiceError('ERR_ENGINE_FAILED', 'upstream: expected one embedding per input, got something else; check model');
