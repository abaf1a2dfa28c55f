import type { AUDIT_EVENTS } from '../telemetry/metrics.ts';

/** What a record is about, as the metric counts it. */
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

const KINDS: Readonly<Record<string, AuditEvent>> = {
  inference: 'inference',
  access: 'access',
  key: 'credential',
  token: 'credential',
  config: 'config',
  data: 'data',
  egress: 'egress',
  audit: 'audit',
};

/** By the noun an action begins with; any other noun is something an administrator changed. */
export const eventKindOf = (action: string): AuditEvent => KINDS[action.split('.', 1)[0] ?? ''] ?? 'admin';
