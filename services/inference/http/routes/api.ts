import type { Operation } from '../operation.ts';
import { type BreakerDeps, breakerOperations } from './admin-breaker.ts';
import { type EgressDeps, egressOperations } from './admin-egress.ts';
import { type LimitDeps, limitOperations } from './admin-limits.ts';
import { type ResidenceDeps, residenceOperations } from './admin-models.ts';
import { type ProfileDeps, profileOperations } from './admin-profile.ts';
import { type PurgeDeps, purgeOperations } from './admin-purge.ts';
import { type ReplicaDeps, replicaOperations } from './admin-replicas.ts';
import { type SheddingDeps, sheddingOperations } from './admin-shedding.ts';
import { type AuditDeps, auditOperations } from './audit.ts';
import { type HealthDeps, healthOperations } from './health.ts';
import { type InferenceDeps, inferenceOperations } from './inference.ts';
import { type JobsDeps, type JobsPort, jobOperations } from './jobs.ts';
import { type MetricsDeps, metricsOperations } from './metrics.ts';
import { type ModelDeps, modelOperations } from './models.ts';
import { chatOperations } from './openai-chat.ts';
import { completionOperations } from './openai-completions.ts';
import { embeddingOperations } from './openai-embeddings.ts';
import type { OpenAiDeps } from './openai-envelope.ts';
import { type OpenAiModelDeps, openAiModelOperations } from './openai-models.ts';
import { responseOperations } from './openai-responses.ts';
import { rerankOperations } from './rerank.ts';
import { tokenOperations } from './tokens.ts';
import { type UsageDeps, usageOperations } from './usage.ts';

/** Everything the API asks of the stages, each narrowed to what its routes use. */
export interface ApiDeps
  extends Omit<InferenceDeps, 'jobs'>,
    Omit<JobsDeps, 'jobs'>,
    OpenAiDeps,
    OpenAiModelDeps,
    ModelDeps,
    HealthDeps,
    MetricsDeps,
    LimitDeps,
    SheddingDeps,
    EgressDeps,
    BreakerDeps,
    ReplicaDeps,
    ResidenceDeps,
    ProfileDeps,
    PurgeDeps,
    UsageDeps,
    AuditDeps {
  readonly jobs: JobsPort;
  readonly limits: LimitDeps['limits'];
}

/** Every operation of the API, in the order of its document. */
export const apiOperations = (deps: ApiDeps): Operation[] => [
  ...inferenceOperations(deps),
  ...tokenOperations(deps),
  ...jobOperations(deps),
  ...usageOperations(deps),
  ...modelOperations(deps),
  ...chatOperations(deps),
  ...completionOperations(deps),
  ...responseOperations(deps),
  ...embeddingOperations(deps),
  ...rerankOperations(deps),
  ...openAiModelOperations(deps),
  ...healthOperations(deps),
  ...metricsOperations(deps),
  ...limitOperations(deps),
  ...sheddingOperations(deps),
  ...egressOperations(deps),
  ...breakerOperations(deps),
  ...replicaOperations(deps),
  ...residenceOperations(deps),
  ...profileOperations(deps),
  ...purgeOperations(deps),
  ...auditOperations(deps),
];
