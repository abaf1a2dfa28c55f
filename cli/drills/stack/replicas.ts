import type { RunningService } from '../../local/running-service.ts';

/** Engines that can answer now. */
export const readyReplicas = async ({ service }: { readonly service: RunningService }): Promise<number> => {
  const answer = await service.send('GET', '/api/v1/admin/replicas');
  const { models } = (await answer.body.json()) as { models: { replicas: { state: string }[] }[] }; // our own service
  return models.flatMap((model) => model.replicas).filter(({ state }) => state === 'ready').length;
};
