import type { AuditTrail } from '../../core/audit/trail.ts';
import manifest from '../../package.json' with { type: 'json' };
import type { Flow } from './flow.ts';
import type { Operation } from './http/operation.ts';
import { apiOperations } from './http/routes/api.ts';
import { createFingerprints } from './http/routes/fingerprint.ts';
import type { JobSubmission } from './http/routes/jobs.ts';
import type { Jobs } from './jobs/jobs.ts';
import { createProfiles } from './profiles.ts';
import type { Purge } from './purge.ts';
import type { RunningStages } from './running-stages.ts';
import type { Status } from './status.ts';
import type { Usage } from './usage/usage.ts';

interface ApiStages extends RunningStages {
  readonly flow: Flow;
  readonly jobs: Jobs;
  readonly status: Status;
  readonly trail: AuditTrail;
  readonly submitting: { submitting(submission: JobSubmission): void };
  readonly purge: Purge;
  readonly usage: Usage;
}

/** Hands each route what it asks of the stages. */
export const operationsOf = ({
  config,
  log,
  telemetry,
  route,
  admission,
  leave,
  paths,
  flow,
  jobs,
  status,
  trail,
  submitting,
  purge,
  usage,
  steadyNow,
}: ApiStages): Operation[] =>
  apiOperations({
    flow,
    jobs: { ...jobs, submit: (submission) => auditedSubmit(submission, submitting, jobs) },
    choose: status.choose,
    select: status.select,
    health: status.health,
    configured: () => config.models,
    modelIds: () => config.models.map(({ id }) => id),
    states: () => route.states(),
    limits: () => admission.snapshot().limits,
    egress: leave.view,
    setLimits: (limits) => admission.update(limits),
    shedding: admission.shedding,
    rateHeaders: (keyId) => admission.rateHeaders(keyId),
    breaker: route.breaker,
    replicas: {
      get: () => route.states(),
      capacity: () => route.capacity(),
      set: (model, count) => route.setReplicas(model, count),
    },
    profile: createProfiles(route, paths.profiles),
    residence: { load: (model) => route.load(model), unload: (model) => void route.unload(model) },
    expose: (format) => telemetry.expose(format),
    families: () => telemetry.families(),
    heartbeatMs: config.server.heartbeatMs,
    fingerprint: createFingerprints(manifest.version),
    startedAt: Date.now(),
    now: Date.now,
    steadyNow,
    clock: () => performance.now(),
    log: log.app,
    audit: log.audit,
    trail,
    purge,
    usage,
    telemetry,
  });

/** The record of a job that was accepted says what was asked, like that of any other request. */
const auditedSubmit = (submission: JobSubmission, audit: ApiStages['submitting'], jobs: Jobs) => {
  audit.submitting(submission);
  return jobs.submit(submission);
};
