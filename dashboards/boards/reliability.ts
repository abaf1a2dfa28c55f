import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Tuning } from '../../alerting/rules/tuning.ts';
import { by, events, happened, mean, peak, recording, written } from '../panels/expression.ts';
import { lay } from '../panels/grid.ts';
import { lines } from '../panels/lines.ts';
import { alertPanel } from '../panels/panel.ts';
import { percentiles } from '../panels/percentiles.ts';
import { states } from '../panels/states.ts';
import { board, CHOSEN_MODEL, MODEL_VARIABLE } from './board.ts';
import { drills } from './drills.ts';
import { toLogs } from './logs-link.ts';
import { eventLoops, heaps, processes, uptime } from './processes.ts';

const MODEL = 'gen_ai_request_model';
const OF_MODEL = { [MODEL]: CHOSEN_MODEL } as const;
const BY_MODEL = '{{gen_ai_request_model}}';

/** The number of the worst state that something was in during each step, the worst first: an hour that was bad for a minute is seen. */
const worstOf = (key: 'breakerState' | 'modelState', numbers: Readonly<Record<string, number>>) =>
  written(
    Object.entries(numbers)
      .map(
        ([state, number]) => `${number} * max by (${MODEL}) (${peak(recording(key, { ...OF_MODEL, state })).text}) > 0`,
      )
      .join(' or '),
    '{state}',
  );

const breakers = (): Panel =>
  states({
    ...alertPanel('breaker'),
    description:
      'The circuit breaker of each model, the worst state of each step. Open: its requests get 503 at once, so that they wait for nothing. It half-opens by itself and lets a few through.',
    queries: [{ expr: worstOf('breakerState', { open: 3, half_open: 2, closed: 1 }), legend: BY_MODEL }],
    states: {
      1: { text: 'closed', colour: 'good' },
      2: { text: 'half open', colour: 'worse' },
      3: { text: 'open', colour: 'bad' },
    },
  });

const models = (): Panel =>
  states({
    ...alertPanel('models'),
    description:
      'The worst state of each configured model in each step. `loading` again and again is one that fails; `absent` and `stopped` are at rest.',
    queries: [
      {
        expr: worstOf('modelState', { failed: 6, loading: 5, fetching: 4, stopped: 3, absent: 2, ready: 1 }),
        legend: BY_MODEL,
      },
    ],
    states: {
      1: { text: 'ready', colour: 'good' },
      2: { text: 'absent', colour: 'neutral' },
      3: { text: 'stopped', colour: 'neutral' },
      4: { text: 'fetching', colour: 'worse' },
      5: { text: 'loading', colour: 'worse' },
      6: { text: 'failed', colour: 'bad' },
    },
  });

const restarts = ({ limits }: Tuning): Panel =>
  lines({
    ...alertPanel('restarts'),
    description:
      'Engines of each model that were started again in fifteen minutes after they died. Each interrupted the answers under way.',
    queries: [{ expr: by('max', [MODEL], peak(recording('restartsIn15m', OF_MODEL))), legend: BY_MODEL }],
    limit: limits.engines.restarts,
    links: [toLogs('Last words of engines', 'event.action:"engine.exited"')],
  });

const oldestJob = ({ limits }: Tuning): Panel =>
  lines({
    ...alertPanel('jobs'),
    description:
      'Age of the oldest job that waits; 0 when none does. Requests of people go before jobs, so it grows while the service is full.',
    queries: [{ expr: by('max', ['instance'], peak(recording('oldestJob'))), legend: '{{instance}}' }],
    limit: limits.requests.jobAgeMs / 1000,
  });

const reloads = (): Panel =>
  lines({
    ...alertPanel('reloads'),
    description:
      'Reads of a changed configuration. After a rejected one the old settings stay, and the next start will fail.',
    queries: [{ expr: happened(by('sum', ['outcome'], events(recording('reloads')))), legend: '{{outcome}}' }],
    named: ['applied', 'rejected'],
    bars: true,
    stacked: true,
    links: [toLogs('Log lines of the configuration', 'event.action:config.*')],
    noValue: 'none',
  });

const loads = (): Panel =>
  lines({
    id: 100,
    title: 'How long do models take to load?',
    description:
      'From starting an engine to its first decode, of all loads since the gateway started, failed ones too. Longer than yesterday: the disk, or memory that is short.',
    queries: percentiles(recording('loadSpread', OF_MODEL)),
    noValue: 'none was loaded',
  });

const again = (): Panel =>
  lines({
    id: 101,
    title: 'What had to be tried again?',
    description:
      'Attempts that did not succeed and were repeated: callbacks of jobs, and actions about alerts by name. They cost time, not results, while they end well.',
    queries: [
      { expr: happened(by('sum', [], events(recording('callbacks', { outcome: 'retried' })))), legend: 'callback' },
      {
        expr: happened(by('sum', ['action'], events(recording('actionsTaken', { outcome: 'retry' })))),
        legend: '{{action}}',
      },
    ],
    bars: true,
    stacked: true,
    noValue: 'nothing',
  });

const callbacks = (): Panel =>
  lines({
    id: 102,
    title: 'Do results reach their owners?',
    description:
      'Deliveries of results of jobs by outcome. `failed` was given up: its owner can still read the job. `refused`: the egress policy does not allow the host.',
    queries: [{ expr: happened(by('sum', ['outcome'], events(recording('callbacks')))), legend: '{{outcome}}' }],
    named: ['delivered', 'retried', 'failed', 'refused'],
    bars: true,
    stacked: true,
    noValue: 'no callbacks',
  });

const jobs = (): Panel =>
  lines({
    id: 103,
    title: 'Jobs by state',
    description: 'Jobs in the store. Many queued and few running: `jobs.concurrency`, or a service that is full.',
    queries: [
      {
        expr: by('sum', ['state'], mean(recording('jobsByState', { state: 'queued|running|failed|expired' }))),
        legend: '{{state}}',
      },
    ],
    named: ['failed'],
    colours: { queued: 'worse', running: 'good', expired: 'timedOut' },
  });

const heartbeats = (): Panel =>
  lines({
    id: 104,
    title: 'How old is the last sign of life of engines?',
    description:
      'The oldest heartbeat among the replicas of each model. Seconds are normal; one that climbs is an engine that hangs and will be killed.',
    queries: [{ expr: by('max', [MODEL], peak(recording('heartbeatAge', OF_MODEL))), legend: BY_MODEL }],
    noValue: 'no engine runs',
  });

/** What breaks, how often, and does it heal? */
export const reliability = (tuning: Tuning): Dashboard =>
  board({
    key: 'reliability',
    description: 'What broke, how often, and did it heal by itself?',
    variables: [MODEL_VARIABLE],
    panels: lay(
      [
        {
          height: 7,
          panels: [
            { width: 12, panel: breakers() },
            { width: 12, panel: models() },
          ],
        },
        {
          height: 7,
          panels: [
            { width: 8, panel: restarts(tuning) },
            { width: 8, panel: loads() },
            { width: 8, panel: again() },
          ],
        },
      ],
      [
        {
          title: 'Jobs and changes',
          bands: [
            {
              height: 7,
              panels: [
                { width: 6, panel: oldestJob(tuning) },
                { width: 6, panel: jobs() },
                { width: 6, panel: callbacks() },
                { width: 6, panel: reloads() },
              ],
            },
          ],
        },
        { title: 'Drills', bands: [{ height: 9, panels: [{ width: 24, panel: drills() }] }] },
        {
          title: 'Processes',
          collapsed: true,
          bands: [
            {
              height: 7,
              panels: [
                { width: 8, panel: uptime() },
                { width: 8, panel: processes() },
                { width: 8, panel: heartbeats() },
              ],
            },
            {
              height: 7,
              panels: [
                { width: 12, panel: eventLoops() },
                { width: 12, panel: heaps() },
              ],
            },
          ],
        },
      ],
    ),
  });
