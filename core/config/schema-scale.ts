import { z } from 'zod';
import { milliseconds, name, setting } from './setting.ts';

const count = (most = 1000) => z.int().min(1).max(most);

/** Section `scale`: how capacity follows load. */
export const scale = z.strictObject({
  target: setting(
    z.string().min(1).default('engine-replicas'),
    'What is scaled: engine-replicas, docker-compose, kubernetes, webhook, or a module that exports a plugin.',
  ),
  options: setting(z.record(z.string(), z.unknown()).default({}), "The target's own options; see docs/scaling.md."),
  model: setting(
    name.optional(),
    'Model that is measured, and scaled where an alert names none. Default: the first of `models`.',
  ),
  min: setting(count().default(1), 'Fewest replicas that scaling in leaves; never fewer than are configured.'),
  max: setting(count().default(4), 'Most replicas.'),
  maxStep: setting(count(100).default(2), 'Most replicas added at once.'),
  cooldownMs: setting(milliseconds().default(120_000), 'From one change until more may be added.'),
  sustainMs: setting(
    milliseconds().default(60_000),
    'How long a limit of `alerts.requests` must be passed before anything is added, where no alert fires yet.',
  ),
  stabilizationMs: setting(
    milliseconds().default(300_000),
    'How long fewer replicas must have been enough before one is taken away; doubles each time that was too soon.',
  ),
  helpTries: setting(z.int().min(1).max(100).default(2), 'Additions in a row that may fail to help before it stops.'),
  manualHoldMs: setting(
    milliseconds().default(3_600_000),
    'How long a number that somebody set by hand is left alone.',
  ),
  windowMs: setting(milliseconds(1000).default(60_000), 'Time that load is measured over.'),
  staleMs: setting(milliseconds(100).default(30_000), 'Age at which a measurement counts for nothing.'),
  busyRatio: setting(
    z.number().min(0.1).max(1).default(0.8),
    'How busy replicas may be after one was taken away, as a share of their time and of their slots.',
  ),
  shedMs: setting(
    milliseconds().default(300_000),
    'Where there is no capacity: how long the lowest priority is refused each time that is found; 0: never.',
  ),
  dryRun: setting(z.boolean().default(false), 'True: decided and written down, but nothing is changed.'),
});
