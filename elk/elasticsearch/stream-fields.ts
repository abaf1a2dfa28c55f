import type { StreamKey } from '../streams.ts';
import { ECS_FIELDS, FREE_LABELS, OWN_FIELDS } from './ecs-fields.ts';
import { all, boolean, type Fields, float, free, keyword, long, text } from './fields.ts';

/** The access log has a closed list of labels, and its times are compared, so each has its type. */
const ACCESS_LABELS: Fields = {
  ...all(
    keyword,
    'labels.cache',
    'labels.degraded',
    'labels.job_id',
    'labels.key_id',
    'labels.outcome',
    'labels.scenario',
  ),
  ...all(float, 'labels.batch', 'labels.decode_ms', 'labels.prefill_ms', 'labels.queue_ms'),
  'labels.redactions': long,
};

/** What the detector says; its README tells what each is. */
const ANOMALY_FIELDS: Fields = {
  ...all(keyword, 'clawdbot.anomaly.id', 'clawdbot.anomaly.metric', 'clawdbot.anomaly.direction'),
  ...all(keyword, 'clawdbot.anomaly.reason', 'clawdbot.anomaly.state', 'clawdbot.anomaly.interval'),
  ...all(float, 'clawdbot.anomaly.score', 'clawdbot.anomaly.expected', 'clawdbot.anomaly.actual'),
  ...all(float, 'clawdbot.anomaly.lower', 'clawdbot.anomaly.upper'),
  'clawdbot.anomaly.is_warm': boolean,
  'clawdbot.anomaly.template': text,
  'clawdbot.anomaly.examples': text,
  'clawdbot.anomaly.fields': free,
};

const OTHERS: Readonly<Record<StreamKey, Fields>> = {
  app: FREE_LABELS,
  engine: FREE_LABELS,
  access: ACCESS_LABELS,
  // What an administrator changed is told with what it was before and is after, whatever its shape.
  audit: FREE_LABELS,
  anomaly: { ...FREE_LABELS, ...ANOMALY_FIELDS },
};

/** Every field of a stream, by its dotted name. */
export const fieldsOf = (key: StreamKey): Fields => ({ ...ECS_FIELDS, ...OWN_FIELDS, ...OTHERS[key] });

/** Those that all streams share, and those that one has for itself. */
export const SHARED_FIELDS: Fields = { ...ECS_FIELDS, ...OWN_FIELDS };
export const ownFieldsOf = (key: StreamKey): Fields => OTHERS[key];
