import { join } from 'node:path';
import { toSteady } from '../../core/resilience/steady-clock.ts';
import type { Flow } from './flow.ts';
import { createJobs, type Jobs } from './jobs/jobs.ts';
import type { JobPrivacy } from './jobs/privacy.ts';
import type { RunningStages } from './running-stages.ts';

type Deps = Pick<RunningStages, 'config' | 'paths' | 'log' | 'telemetry' | 'leave' | 'steadyNow'>;

/** The jobs of a data folder, which go the same way as requests from there on. */
export const openJobs = (
  { config, paths, log, telemetry, leave, steadyNow }: Deps,
  flow: Flow,
  privacy: JobPrivacy,
): Jobs =>
  createJobs({
    file: paths.jobsDb,
    webhookKeyFile: join(paths.keys, 'webhook.key'),
    config: config.jobs,
    note: leave.note,
    now: Date.now,
    log: log.app,
    telemetry,
    privacy,
    run: ({ request, model, scenario, allowed }, context) =>
      flow.generate({
        requestId: context.requestId,
        caller: {
          ...context.caller,
          scopes: new Set(['inference']),
          address: '',
          ...(allowed === undefined ? {} : { models: new Set(allowed) }),
        },
        model,
        scenario,
        priority: context.priority,
        // What is in the store outlives the process and its steady clock.
        deadlineAt:
          context.deadlineAt === undefined ? undefined : toSteady(context.deadlineAt, Date.now(), steadyNow()),
        signal: context.signal,
        isRedacted: true,
        request,
      }),
  });
