import { z } from 'zod';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Alert } from '../action.ts';

/** What Alertmanager sends to a webhook, version 4. Fields that a newer one adds are let through and not read. */
export interface Webhook {
  /** The group of alerts it is about. */
  readonly groupKey: string;
  /** Alerts that `max_alerts` of the receiver left out. */
  readonly truncatedAlerts: number;
  readonly alerts: readonly Alert[];
  /** Where it belongs in a trace; no part of what is sent. */
  readonly traceparent?: string;
}

const time = z.iso.datetime({ offset: true });
const texts = z.record(z.string(), z.string());

const alert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: texts,
  annotations: texts.default({}),
  startsAt: time,
  endsAt: time.default('0001-01-01T00:00:00Z'),
  generatorURL: z.string().default(''),
  fingerprint: z.string().min(1).max(128),
});

const webhook = z.object({
  version: z.literal('4'),
  groupKey: z.string().max(65_536),
  truncatedAlerts: z.int().min(0).default(0),
  alerts: z.array(alert),
});

const MOST_PROBLEMS = 10;

/** Reads a body; throws what the sender must mend, with each place and what was expected there. */
export const readWebhook = (body: Buffer): Webhook => {
  const parsed = webhook.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const problems = issues.slice(0, MOST_PROBLEMS).map(({ path, message }) => ({ path: printPath(path), message }));
  const more = issues.length > MOST_PROBLEMS ? `; and ${issues.length - MOST_PROBLEMS} more` : '';
  const text = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new ServiceError('ERR_HTTP_BODY_INVALID', `expected a webhook of Alertmanager, version 4: ${text}${more}`, {
    details: { problems },
  });
};

const parseJson = (body: Buffer): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    // The message of the parser quotes what was sent.
    throw new ServiceError('ERR_HTTP_JSON_MALFORMED', 'body: expected JSON in UTF-8, got something else', { cause });
  }
};

const printPath = (path: readonly PropertyKey[]): string =>
  path.length === 0
    ? 'body'
    : path
        .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`))
        .join('');
