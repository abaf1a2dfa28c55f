import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Tuning } from '../../alerting/rules/tuning.ts';
import { by, type Expression, instrument, peak, rate, recording, trough, written } from '../panels/expression.ts';
import { foreign } from '../panels/foreign.ts';
import { lines } from '../panels/lines.ts';
import { alertPanel } from '../panels/panel.ts';
import { states } from '../panels/states.ts';

const WORKS = { 1: { text: 'yes', colour: 'good' }, 0: { text: 'no', colour: 'bad' } } as const;

export const watchdog = (): Panel =>
  lines({
    ...alertPanel('watchdog'),
    description:
      'Time since the alert that always fires came last to the actions service. It comes every minute; when it stays away for three, people are told. A gap: it never came yet, or the actions service is down.',
    queries: [{ expr: by('max', ['instance'], peak(recording('watchdogAge'))), legend: '{{instance}}' }],
    noValue: 'it never came',
  });

/** 1 while a counter of failures stands still. */
const stands = (failures: Expression, by: string): string => `sum by (${by}) (${rate(failures).text}) == bool 0`;

export const works = (): Panel =>
  states({
    ...alertPanel('watchers'),
    description:
      'Prometheus and Alertmanager about themselves. Red since when is since when alerts are late, old or lost.',
    queries: [
      { expr: by('min', ['instance'], foreign('prometheusReloaded')), legend: 'Prometheus has its configuration' },
      { expr: written(stands(foreign('ruleFailures'), 'instance'), '{state}'), legend: 'rules are evaluated' },
      { expr: written(stands(foreign('alertsLost'), 'instance'), '{state}'), legend: 'alerts reach Alertmanager' },
      { expr: written(stands(foreign('alertsDropped'), 'instance'), '{state}'), legend: 'no alert is dropped' },
      { expr: by('min', ['instance'], foreign('alertmanagerReloaded')), legend: 'Alertmanager has its configuration' },
      {
        expr: written(stands(foreign('deliveryFailures', { integration: 'email|webhook' }), 'integration'), '{state}'),
        legend: 'it delivers by {{integration}}',
      },
    ],
    states: WORKS,
  });

export const readers = (): Panel =>
  states({
    ...alertPanel('readers'),
    description:
      'Whether the latest reading of each collector succeeded and is fresh. Where there is nothing to read, there is no band.',
    queries: [{ expr: by('min', ['plugin'], trough(recording('readerUp'))), legend: '{{plugin}}' }],
    states: WORKS,
  });

export const scrapes = ({ limits, sampleLimit }: Tuning): Panel =>
  lines({
    ...alertPanel('scrapes'),
    description:
      'Samples of each page in one scrape. Beyond `prometheus.sampleLimit`, a little above the dashed line, nothing of the page is taken any more.',
    queries: [{ expr: by('max', ['job'], foreign('samples', { job: 'clawdbot.*' })), legend: '{{job}}' }],
    limit: limits.telemetry.samplesRatio * sampleLimit,
  });

export const pages = (): Panel =>
  states({
    id: 105,
    title: 'Are all pages read?',
    description:
      'Whether the last scrape of each page succeeded. Of a page that is not read nothing is known, and its alerts cannot fire.',
    queries: [{ expr: by('min', ['job', 'instance'], foreign('up')), legend: '{{job}} {{instance}}' }],
    states: WORKS,
  });

/** The alert says `< 1 / 3`. */
const RENEWED_BEFORE = 1 / 3;

export const scrapeToken = (): Panel =>
  lines({
    ...alertPanel('scrapeToken'),
    description:
      'Share of the life of the token that Prometheus scrapes the gateway with. It is renewed at half; below the dashed line renewing has failed.',
    queries: [
      {
        expr: written(
          `min by (instance) ((${instrument('scrapeTokenExpiry').text} - time()) / (${instrument('scrapeTokenExpiry').text} - ${instrument('scrapeTokenIssued').text}))`,
          '1',
        ),
        legend: '{{instance}}',
      },
    ],
    limit: RENEWED_BEFORE,
    max: 1,
    noValue: 'no token of ours',
  });
