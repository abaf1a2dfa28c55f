import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { GATEWAY } from '../../alerting/rules/promql.ts';
import { bars } from '../panels/bars.ts';
import { by, instrument, nowOrLower, recording, trough, written } from '../panels/expression.ts';
import { foreign } from '../panels/foreign.ts';
import { alertPanel } from '../panels/panel.ts';
import { SCALES } from '../panels/scales.ts';
import { states } from '../panels/states.ts';
import { tile } from '../panels/tile.ts';

const YES_NO = { 1: { text: 'yes', colour: 'good' }, 0: { text: 'no', colour: 'bad' } } as const;

/** Whether it can be used at all. */
export const availability = (): Panel =>
  states({
    ...alertPanel('availability'),
    description:
      'Three witnesses: Prometheus reads the page of the gateway, a model can decode, and a probe over a fresh connection finds it ready. Red since when is when it began; a gap is when nobody knew.',
    queries: (
      [
        ['page is read', foreign('up', { job: GATEWAY }), recording('scraped', { job: GATEWAY })],
        ['a model can decode', instrument('ready'), recording('ready')],
        [
          'probe finds it ready',
          instrument('gatewayProbe', { result: 'ready' }),
          recording('probed', { result: 'ready' }),
        ],
      ] as const
    ).map(([legend, now, lowest]) => ({
      expr: nowOrLower(by('max', [], now), by('max', [], trough(lowest))),
      legend,
      fine: true,
    })),
    states: YES_NO,
  });

/** Whether the promises of `slo` are kept. */
export const budgetLeft = (id: number, of: 'availability' | 'latency', title: string, promise: string): Panel =>
  tile({
    id,
    title,
    description: `Share of the budget of 30 days that is left (${promise}); below 0 the promise is broken. Over as many days as Prometheus keeps.`,
    queries: [
      {
        expr: by('min', [], recording(`${of}Budget`)),
        legend: 'left',
      },
    ],
    steps: SCALES[`${of}Budget`].steps,
    trend: true,
    decimals: 0,
    noValue: 'no requests yet',
  });

/** Where to look first. */
export const limits = (): Panel =>
  bars({
    id: 102,
    title: 'Which limit is nearest?',
    description:
      'How much of the limit of an alert is used, as rules compute it from the configuration that is in force: at 100 % the alert begins. The longest bar is the first suspect.',
    queries: [{ expr: written(`topk(6, max by (limit) (${recording('limitUse').text}))`, '1'), legend: '{{limit}}' }],
    steps: SCALES.limitUse.steps,
    max: 1.25,
  });
