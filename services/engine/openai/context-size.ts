import { z } from 'zod';

const list = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      max_model_len: z.int().positive().optional().catch(undefined),
      meta: z
        .object({ n_ctx: z.int().positive().optional().catch(undefined) })
        .nullish()
        .catch(undefined),
    }),
  ),
});

/** The context of a model as vLLM (`max_model_len`) or llama-server (`meta.n_ctx`) tell it, or `null`. */
export const readContextSize = (models: unknown, model: string): number | null => {
  const parsed = list.safeParse(models);
  const entry = parsed.success ? parsed.data.data.find(({ id }) => id === model) : undefined;
  return entry?.max_model_len ?? entry?.meta?.n_ctx ?? null;
};
