import type { RuleGroup } from './entry.ts';
import { metric, seconds } from './promql.ts';
import { MINUTE } from './tuning.ts';

const BY_INSTANCE = 'job, instance';
const SECONDS_PER_DAY = 86_400;

/** What ends by itself, and what is refused rather than done wrongly. */
export const ACCESS: RuleGroup = {
  name: 'access',
  about:
    'Certificates, keys, configuration, redaction, audit, jobs: what ends by itself, and what is refused rather than done wrongly.',
  recordings: () => [],
  alerts: [
    {
      name: 'CertificateEnded',
      severity: 'critical',
      action: 'page',
      forMs: 0,
      when: () => [
        {
          expr: `max by (${BY_INSTANCE}) (time() - ${metric('certificateExpiry')}) > 0`,
          limit: '0s',
        },
      ],
      summary: 'The certificate of {{ $labels.instance }} has ended',
      description:
        'It ended {{ $value | humanizeDuration }} ago; limit {limit}. Who is connected stays so, and that may be Prometheus; nobody else can connect. ' +
        'One of the local authority: delete `tls/server.crt` in the data folder and start the gateway again. One of yours: put the new files in place of the old, they are read without a restart.',
      panel: 'expiries',
      logs: { view: 'app', query: 'event.action: ("certificate.rejected" or "certificate.replaced")' },
    },
    {
      name: 'CertificateExpiring',
      severity: 'warning',
      action: 'email',
      forMs: 5 * MINUTE,
      when: ({ limits }) => [
        {
          expr: `min by (${BY_INSTANCE}) (${metric('certificateExpiry')} - time()) / ${SECONDS_PER_DAY} < ${limits.expiry.certificateDays}`,
          limit: `${limits.expiry.certificateDays} days`,
        },
      ],
      summary: 'The certificate of {{ $labels.instance }} ends soon',
      description:
        '{{ $value | printf "%.1f" }} days are left; limit {limit}. Then nobody can connect. One of the local authority is renewed 30 days before; this one was not. ' +
        'One of yours: put the new files in place of the old, they are read without a restart.',
      panel: 'expiries',
      logs: { view: 'app', query: 'event.action: ("certificate.rejected" or "certificate.replaced")' },
      symptomOf: ['CertificateEnded'],
    },
    {
      name: 'ApiKeyExpiring',
      severity: 'warning',
      action: 'email',
      forMs: 5 * MINUTE,
      when: ({ limits }) => [
        {
          expr: `min by (${BY_INSTANCE}) (${metric('apiKeyExpiry')} - time()) / ${SECONDS_PER_DAY} < ${limits.expiry.apiKeyDays}`,
          limit: `${limits.expiry.apiKeyDays} days`,
        },
      ],
      summary: 'An API key of {{ $labels.instance }} ends soon',
      description:
        '{{ $value | printf "%.1f" }} days are left; limit {limit}. Then its owner gets 401. `clawdbot key list` shows which; make a new one, or revoke it where nobody uses it.',
      panel: 'expiries',
      logs: { view: 'audit', query: 'event.action: key.*' },
    },
    {
      name: 'ConfigRejected',
      severity: 'warning',
      action: 'email',
      forMs: 0,
      when: (tuning) => [
        {
          expr: `sum by (${BY_INSTANCE}) (increase(${metric('configReloads')}{outcome="rejected"}[${tuning.window(15 * MINUTE)}])) >= 1`,
          limit: '1',
        },
      ],
      summary: 'A change of the configuration of {{ $labels.instance }} was rejected',
      description:
        '{{ $value | printf "%.0f" }} in fifteen minutes; limit {limit}. The old settings stay, but the next start will fail. `clawdbot config check` names every mistake with its line.',
      panel: 'reloads',
      logs: { view: 'app', query: 'event.action: "config.rejected"' },
    },
    {
      name: 'RedactionFailing',
      severity: 'error',
      action: 'email',
      forMs: 0,
      keepFiringForMs: 5 * MINUTE,
      when: (tuning) => [
        {
          expr: `sum by (${BY_INSTANCE}, direction) (increase(${metric('redactionFailures')}[${tuning.window(5 * MINUTE)}])) >= 1`,
          limit: '1',
        },
      ],
      summary: 'The redactor of {{ $labels.instance }} fails closed',
      description:
        '{{ $value | printf "%.0f" }} texts on their way to {{ $labels.direction }} could not be checked in five minutes and were not passed on; limit {limit}. ' +
        'Nothing leaked. A rule of `redaction.rules` that was changed lately is the first suspect.',
      panel: 'redaction',
      logs: { view: 'app', query: 'error.code: ERR_REDACT*' },
    },
    {
      name: 'AuditTrailFailing',
      severity: 'error',
      action: 'email',
      forMs: 0,
      keepFiringForMs: 5 * MINUTE,
      when: (tuning) => [
        {
          expr: `sum by (${BY_INSTANCE}) (increase(${metric('auditFailures')}[${tuning.window(5 * MINUTE)}])) >= 1`,
          limit: '1',
        },
      ],
      summary: 'The audit trail of {{ $labels.instance }} cannot be written',
      description:
        '{{ $value | printf "%.0f" }} writes failed in five minutes; limit {limit}. While `audit.onFailure` is `refuse`, requests get 503. Look at the disk and the rights of the folder `audit`.',
      panel: 'audit',
      logs: { view: 'app', query: 'event.action: audit.*' },
    },
    {
      name: 'JobsWaitingLong',
      severity: 'warning',
      action: 'email',
      forMs: MINUTE,
      keepFiringForMs: 2 * MINUTE,
      when: ({ limits }) => [
        {
          expr: `max by (${BY_INSTANCE}) (${metric('jobsOldestAge')}) > ${limits.requests.jobAgeMs / 1000}`,
          limit: seconds(limits.requests.jobAgeMs),
        },
      ],
      summary: 'Jobs wait long at {{ $labels.instance }}',
      description:
        'The oldest waits for {{ $value | humanizeDuration }}; limit {limit}. `clawdbot jobs list` shows them; `jobs.concurrency` says how many run at once, and people’s own requests go before them.',
      panel: 'jobs',
      logs: { view: 'app', query: 'event.action: job.*' },
    },
    {
      name: 'CallbacksFailing',
      severity: 'warning',
      action: 'email',
      forMs: 0,
      keepFiringForMs: 5 * MINUTE,
      when: (tuning) => [
        {
          expr: `sum by (${BY_INSTANCE}) (increase(${metric('callbacks')}{outcome=~"failed|refused"}[${tuning.window(15 * MINUTE)}])) >= 1`,
          limit: '1',
        },
      ],
      summary: 'Results of jobs cannot be delivered from {{ $labels.instance }}',
      description:
        '{{ $value | printf "%.0f" }} callbacks were given up in fifteen minutes; limit {limit}. Their owners can still read the job. The log names the host and what it answered.',
      panel: 'jobs',
      logs: { view: 'app', query: 'event.action: callback.*' },
    },
  ],
};
