import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Tuning } from '../../alerting/rules/tuning.ts';
import { by, events, happened, instrument, mean, peak, recording, trough, written } from '../panels/expression.ts';
import { lay } from '../panels/grid.ts';
import { lines } from '../panels/lines.ts';
import { alertPanel } from '../panels/panel.ts';
import { SCALES } from '../panels/scales.ts';
import { tile } from '../panels/tile.ts';
import { board, CHOSEN_MODEL, MODEL_VARIABLE } from './board.ts';
import { clicked, toLogs } from './logs-link.ts';

const MODEL = 'gen_ai_request_model';
const OF_MODEL = { [MODEL]: CHOSEN_MODEL } as const;
const BY_MODEL = '{{gen_ai_request_model}}';

const queue = ({ limits }: Tuning): Panel =>
  lines({
    ...alertPanel('queue'),
    description: 'Requests that wait for each that is worked on. Beyond the dashed line capacity is added.',
    queries: [{ expr: by('max', ['instance'], peak(recording('queueRatio'))), legend: '{{instance}}' }],
    limit: limits.requests.queueRatio,
  });

const refused = (): Panel =>
  lines({
    ...alertPanel('refused'),
    description:
      'Requests refused before any work, by reason. `queue_full`: too little capacity; `rate` and `concurrency`: one client beyond its share; `shed`: low priority gave way.',
    queries: [{ expr: by('sum', ['reason'], mean(recording('rejectionRate'))), legend: '{{reason}}' }],
    stacked: true,
    links: [toLogs('Log lines of refused requests', 'labels.outcome:"rejected"')],
  });

const load = (): Panel =>
  lines({
    id: 100,
    title: 'How busy is the front door?',
    description:
      'Requests under way, waiting, and how many may be under way at once, at their peaks. Under way at the limit for long: it is full.',
    queries: [
      { expr: by('sum', [], peak(recording('activeRequests'))), legend: 'under way' },
      { expr: by('sum', [], peak(recording('queueDepth'))), legend: 'waiting' },
      { expr: by('sum', [], trough(recording('concurrencyLimit'))), legend: 'limit' },
    ],
    colours: { 'under way': 'good', waiting: 'worse' },
  });

const slots = (): Panel =>
  lines({
    id: 101,
    title: 'How many slots of engines are used?',
    description:
      'Slots in use of each model at their peak, as a share of those there are. Near 100 % another request waits for one to end.',
    queries: [
      {
        expr: written(
          `sum by (${MODEL}) (${peak(recording('slotsUsed', OF_MODEL)).text}) / sum by (${MODEL}) (${trough(recording('slotsLimit', OF_MODEL)).text})`,
          '1',
        ),
        legend: BY_MODEL,
      },
    ],
    max: 1,
  });

/** Day and night differ too much for a straight line over more; less would follow every wave. */
const TREND = '6h';
const AHEAD_S = 4 * 3600;
/** Minutes: the trend of less is noise. */
const FEWEST = 60;

const headroom = (): Panel => {
  const used = recording('slotsUsed', OF_MODEL).text;
  const limit = `sum(${instrument('slotsLimit', OF_MODEL).text})`;
  return tile({
    id: 102,
    title: 'Headroom',
    description: `Share of all slots that is free now, and that would be free in 4 hours if the trend of the last ${TREND} went on (known after an hour). Below 0: requests will wait.`,
    queries: [
      { expr: written(`1 - sum(${used}) / ${limit}`, '1'), legend: 'now' },
      {
        expr: written(
          `1 - sum(predict_linear(${used}[${TREND}], ${AHEAD_S}) and count_over_time(${used}[${TREND}]) >= ${FEWEST}) / ${limit}`,
          '1',
        ),
        legend: 'in 4 hours',
      },
    ],
    steps: SCALES.headroom.steps,
    decimals: 0,
  });
};

const replicas = (): Panel =>
  lines({
    id: 103,
    title: 'Which state are the replicas in?',
    description:
      'Replicas of engines by state. Fewer ready than wanted for more than a load takes: look at the states of models and at restarts.',
    queries: [{ expr: by('sum', ['state'], mean(recording('replicas', OF_MODEL))), legend: '{{state}}' }],
    named: ['ready', 'standby', 'starting', 'loading', 'restarting', 'draining', 'failed', 'stopped'],
    stacked: true,
  });

const scaling = (): Panel =>
  lines({
    id: 104,
    title: 'When was capacity changed by itself?',
    description:
      'Decisions of the action `scale` by outcome: `done` changed the number of replicas, `nothing` found no room or no need, `failed` must be done by hand.',
    queries: [
      {
        expr: happened(by('sum', ['outcome'], events(recording('actionsTaken', { action: 'scale' })))),
        legend: '{{outcome}}',
      },
    ],
    named: ['done', 'nothing', 'dry_run', 'retry', 'failed'],
    bars: true,
    stacked: true,
    links: [toLogs('Log lines of scaling', 'event.action:"action.decided" AND labels.action:"scale"')],
    noValue: 'not at all',
  });

const fallBack = (): Panel =>
  lines({
    ...alertPanel('fallBack'),
    description:
      'Replicas that run on the fall-back engine, at about half the speed. Anything but 0 is wrong: the native libraries were refused.',
    queries: [{ expr: by('max', [MODEL], peak(recording('fallBack', OF_MODEL))), legend: BY_MODEL }],
    stacked: true,
  });

const devices = (): Panel =>
  lines({
    ...alertPanel('devices'),
    description:
      'Replicas by the kind of device that was wanted and the one they got. `cuda, got cpu` is ten times slower than it should be.',
    queries: [
      {
        expr: by('sum', ['wanted', 'actual'], mean(recording('devicesOfReplicas', OF_MODEL))),
        legend: 'wanted {{wanted}}, got {{actual}}',
      },
    ],
    stacked: true,
  });

const connections = (): Panel =>
  lines({
    id: 105,
    title: 'Open connections',
    description:
      'Connections of clients by whether a request is under way on them. Many idle ones are clients that keep them; many busy ones without tokens are a stall.',
    queries: [{ expr: by('sum', ['state'], mean(recording('connections'))), legend: '{{state}}' }],
    named: ['idle'],
    colours: { busy: 'good' },
    stacked: true,
  });

const answered = (): Panel =>
  lines({
    id: 106,
    title: 'What does the door answer?',
    description:
      'Answers a second by HTTP status, of every route. 5xx is ours to repair, 429 a client beyond its share, 401 and 403 a credential.',
    queries: [
      {
        expr: by('sum', ['http_response_status_code'], mean(recording('statusRate'))),
        legend: '{{http_response_status_code}}',
      },
    ],
    stacked: true,
    links: [toLogs('Log lines with this status', `http.response.status_code:${clicked('http_response_status_code')}`)],
    many: true,
  });

/** Is there enough, and for how long? */
export const capacity = (tuning: Tuning): Dashboard =>
  board({
    key: 'capacity',
    description: 'Is there enough capacity, for how long, and what was changed about it?',
    variables: [MODEL_VARIABLE],
    panels: lay(
      [
        {
          height: 8,
          panels: [
            { width: 4, panel: headroom() },
            { width: 10, panel: load() },
            { width: 10, panel: queue(tuning) },
          ],
        },
        {
          height: 8,
          panels: [
            { width: 8, panel: slots() },
            { width: 8, panel: replicas() },
            { width: 8, panel: scaling() },
          ],
        },
      ],
      [
        {
          title: 'What is turned away, and what runs slower than it could?',
          bands: [
            {
              height: 8,
              panels: [
                { width: 8, panel: refused() },
                { width: 8, panel: fallBack() },
                { width: 8, panel: devices() },
              ],
            },
          ],
        },
        {
          title: 'The door itself',
          collapsed: true,
          bands: [
            {
              height: 8,
              panels: [
                { width: 12, panel: answered() },
                { width: 12, panel: connections() },
              ],
            },
          ],
        },
      ],
    ),
  });
