import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { by, type Expression, instrument, written } from '../panels/expression.ts';
import { table } from '../panels/table.ts';

const EACH = ['instance', 'drill', 'profile'] as const;

const outcome = (): Expression =>
  written(
    Object.entries({ failed: 3, skipped: 2, passed: 1 })
      .map(([word, number]) => `${number} * ${by('max', EACH, instrument('drillOutcome', { outcome: word })).text} > 0`)
      .join(' or '),
    '{state}',
  );

const time = (phase: string): Expression => by('max', EACH, instrument('drillDuration', { phase }));

export const drills = (): Panel =>
  table({
    id: 109,
    title: 'Do drills pass?',
    description:
      'What came of `clawdbot drill run` on this machine, the failed ones first: each breaks a service of its own, so nothing else here shows it. Times from the fault to the alert and to the first that was told or done, and from its end until all was over; empty cells were not measured. A drill that is not in the list was never run; one that was months ago proves little.',
    queries: [
      { expr: outcome(), legend: 'result' },
      // Milliseconds, as Grafana reads a time.
      { expr: written(`1000 * ${by('max', EACH, instrument('drillLastRun')).text}`, 'ms since 1970'), legend: 'run' },
      { expr: time('detection'), legend: 'detected' },
      { expr: time('action'), legend: 'told' },
      { expr: time('recovery'), legend: 'over' },
    ],
    columns: [
      { of: 'drill', title: 'drill' },
      { of: 'profile', title: 'profile' },
      {
        of: 'result',
        title: 'result',
        states: {
          1: { text: 'passed', colour: 'good' },
          2: { text: 'skipped', colour: 'neutral' },
          3: { text: 'failed', colour: 'bad' },
        },
      },
      { of: 'run', title: 'run' },
      { of: 'detected', title: 'detected' },
      { of: 'told', title: 'told' },
      { of: 'over', title: 'over' },
      { of: 'instance', title: 'instance' },
    ],
    sortBy: { title: 'result', largestFirst: true },
    noValue: 'none was run',
  });
