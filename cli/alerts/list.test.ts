import { expect, it } from 'vitest';
import type { GivenAlert } from './alertmanager-api.ts';
import { describePage } from './list.ts';

const alert = (labels: Record<string, string>, status: Partial<GivenAlert['status']> = {}): GivenAlert => ({
  ...{ fingerprint: 'f', startsAt: '2026-11-29T14:00:00.123Z', endsAt: '2026-11-29T14:05:00Z', labels },
  annotations: labels.job === undefined ? {} : { summary: `${labels.job}\u001b[2J is\nill` },
  status: { state: 'active', silencedBy: [], inhibitedBy: [], ...status },
});
const WATCHDOG = alert({ alertname: 'Watchdog' });

it('shows the worst first, and whether anybody is told', () => {
  const alerts = [
    alert({ alertname: 'Warm', severity: 'warning', hw_id: 'gpu-0' }),
    alert({ alertname: 'Down', severity: 'critical', job: 'clawdbot' }, { silencedBy: ['s'] }),
    alert({ alertname: 'Slow', severity: 'error', job: 'clawdbot' }, { inhibitedBy: ['i'] }),
    alert({ alertname: 'Odd' }),
    WATCHDOG,
  ];
  expect(describePage({ alerts, silences: [] }).split('\n')).toEqual([
    'severity  alert  since                 state      what',
    'critical  Down   2026-11-29 14:00:00Z  silenced   clawdbot[2J is ill',
    'error     Slow   2026-11-29 14:00:00Z  kept back  clawdbot[2J is ill',
    'warning   Warm   2026-11-29 14:00:00Z  told       hw_id=gpu-0',
    '-         Odd    2026-11-29 14:00:00Z  told',
  ]);
});

it('tells nothing from no sign of life', () => {
  expect(describePage({ alerts: [WATCHDOG], silences: [] })).toBe('nothing fires');
  expect(describePage({ alerts: [], silences: [] })).toMatch(/^nothing fires\n\nno sign of life: /);
});
