import { createRegistry } from '../../../../core/plugins/host.ts';
import { dockerComposeTarget } from './docker-compose.ts';
import { engineReplicasTarget } from './engine-replicas.ts';
import { kubernetesTarget } from './kubernetes.ts';
import type { TargetPlugin } from './target.ts';
import { webhookTarget } from './webhook.ts';

/** The targets there are. */
export const targets = createRegistry<TargetPlugin>([
  engineReplicasTarget,
  dockerComposeTarget,
  kubernetesTarget,
  webhookTarget,
]);
