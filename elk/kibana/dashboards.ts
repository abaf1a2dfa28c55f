import { compare } from '../compare.ts';
import { keyOf, type Resource } from '../resource.ts';
import { STREAM_KEYS, streamPattern } from '../streams.ts';
import { viewId } from './data-views.ts';
import { inSpace, type KibanaSettings } from './space.ts';

/** One chart, by what it asks. */
interface Chart {
  readonly title: string;
  readonly about: string;
  readonly type: 'bar_stacked' | 'line';
  /** The query below `FROM …`; it ends in a column `n` over time, and one to tell series apart. */
  readonly query: string;
  readonly by?: string;
}

interface Table {
  readonly title: string;
  readonly about: string;
  readonly type: 'table';
  readonly query: string;
  readonly rows: readonly string[];
  readonly metrics: readonly string[];
}

interface Board {
  readonly title: string;
  readonly about: string;
  readonly stream: string;
  readonly panels: readonly (Chart | Table)[];
}

/** Seventy-five buckets over whatever time is chosen. */
const OVER_TIME = 'BUCKET(@timestamp, 75, ?_tstart, ?_tend)';
const INFERENCE = 'WHERE labels.outcome IS NOT NULL';

export const BOARDS = {
  requests: {
    title: 'Clawdbot: requests',
    about: 'What came, how it ended and how long it took, from the access log.',
    stream: streamPattern('access'),
    panels: [
      {
        title: 'Requests by outcome',
        about: 'Inference requests.',
        type: 'bar_stacked',
        query: `${INFERENCE} | STATS n = COUNT(*) BY ${OVER_TIME}, labels.outcome`,
        by: 'labels.outcome',
      },
      {
        title: 'Answers by status',
        about: 'All routes, health checks among them.',
        type: 'bar_stacked',
        query: `EVAL status = TO_STRING(http.response.status_code) | STATS n = COUNT(*) BY ${OVER_TIME}, status`,
        by: 'status',
      },
      {
        title: 'Duration, 99 of 100, in milliseconds',
        about: 'Of inference requests, by model.',
        type: 'line',
        query: `${INFERENCE} | STATS n = PERCENTILE(event.duration, 99) / 1000000 BY ${OVER_TIME}, gen_ai.request.model`,
        by: 'gen_ai.request.model',
      },
      {
        title: 'Tokens',
        about: 'Written by the models.',
        type: 'line',
        query: `${INFERENCE} | STATS n = SUM(gen_ai.usage.output_tokens) BY ${OVER_TIME}, gen_ai.request.model`,
        by: 'gen_ai.request.model',
      },
      {
        title: 'Errors by code',
        about: 'The page of errors says what each means.',
        type: 'table',
        query: 'WHERE error.code IS NOT NULL | STATS n = COUNT(*) BY error.code | SORT n DESC | LIMIT 20',
        rows: ['error.code'],
        metrics: ['n'],
      },
      {
        title: 'Who asks most',
        about: 'By credential.',
        type: 'table',
        query:
          'WHERE labels.key_id IS NOT NULL | STATS requests = COUNT(*), tokens = SUM(gen_ai.usage.output_tokens) BY labels.key_id | SORT requests DESC | LIMIT 20',
        rows: ['labels.key_id'],
        metrics: ['requests', 'tokens'],
      },
    ],
  },
  service: {
    title: 'Clawdbot: what the service says',
    about: 'Lines of the app log, by severity and by what happened.',
    stream: streamPattern('app'),
    panels: [
      {
        title: 'Lines by level',
        about: 'A new colour is worth a look.',
        type: 'bar_stacked',
        query: `STATS n = COUNT(*) BY ${OVER_TIME}, log.level`,
        by: 'log.level',
      },
      {
        title: 'Warnings and errors by process',
        about: 'Of our own processes and of the programs started beside them.',
        type: 'bar_stacked',
        query: `WHERE log.level IN ("warn", "error", "fatal") | STATS n = COUNT(*) BY ${OVER_TIME}, service.name`,
        by: 'service.name',
      },
      {
        title: 'What happened most',
        about: 'Warnings and errors by action.',
        type: 'table',
        query:
          'WHERE log.level IN ("warn", "error", "fatal") | STATS n = COUNT(*) BY service.name, event.action | SORT n DESC | LIMIT 50',
        rows: ['service.name', 'event.action'],
        metrics: ['n'],
      },
    ],
  },
  pipeline: {
    title: 'Clawdbot: way of the logs',
    about: 'How late lines come, and whether any were marked on the way.',
    stream: STREAM_KEYS.map(streamPattern).join(', '),
    panels: [
      {
        title: 'Delay, 99 of 100, in milliseconds',
        about: 'From the moment a line was written to the moment it came.',
        type: 'line',
        query: `STATS n = PERCENTILE(clawdbot.lag_ms, 99) BY ${OVER_TIME}, data_stream.dataset`,
        by: 'data_stream.dataset',
      },
      {
        title: 'Lines by stream',
        about: 'Silence of a steady stream is a fault: the access log and the audit trail never rest.',
        type: 'bar_stacked',
        query: `STATS n = COUNT(*) BY ${OVER_TIME}, data_stream.dataset`,
        by: 'data_stream.dataset',
      },
      {
        title: 'Marked by the pipeline',
        about: 'Lines whose time, number or text could not be read.',
        type: 'table',
        query:
          'WHERE tags LIKE "clawdbot_*" | STATS n = COUNT(*) BY tags, data_stream.dataset | SORT n DESC | LIMIT 20',
        rows: ['tags', 'data_stream.dataset'],
        metrics: ['n'],
      },
    ],
  },
} as const satisfies Record<string, Board>;

export type BoardKey = keyof typeof BOARDS;

// Safe: the keys of a table that is written out above.
export const BOARD_KEYS = Object.keys(BOARDS) as readonly BoardKey[];

export const boardId = (key: BoardKey): string => `clawdbot-${key}`;

/** The grid of Kibana is 48 wide; two panels stand side by side. */
const WIDTH = 24;
const HEIGHT = 12;

/** A board in the words of the Dashboards API of Kibana 9.5. */
export const boardBody = (key: BoardKey) => {
  const { title, about, stream, panels }: Board = BOARDS[key];
  return {
    title,
    description: `${about} Made by \`clawdbot elk apply\`.`,
    time_range: { from: 'now-24h', to: 'now' },
    panels: panels.map((panel, index) => ({
      type: 'vis',
      grid: { x: (index % 2) * WIDTH, y: Math.floor(index / 2) * HEIGHT, w: WIDTH, h: HEIGHT },
      config: panel.type === 'table' ? tableConfig(panel, stream) : chartConfig(panel, stream),
    })),
  };
};

const sourceOf = (query: string, stream: string) => ({ type: 'esql', query: `FROM ${stream} | ${query}` });

const chartConfig = ({ title, about, type, query, by }: Chart, stream: string) => ({
  type: 'xy',
  title,
  description: about,
  layers: [
    {
      type,
      data_source: sourceOf(query, stream),
      x: { column: OVER_TIME },
      y: [{ column: 'n' }],
      ...(by === undefined ? {} : { breakdown_by: { column: by } }),
    },
  ],
});

const tableConfig = ({ title, about, query, rows, metrics }: Table, stream: string) => ({
  type: 'data_table',
  title,
  description: about,
  data_source: sourceOf(query, stream),
  rows: rows.map((column) => ({ column })),
  metrics: metrics.map((column) => ({ column })),
});

export const dashboards = (settings: KibanaSettings): readonly Resource[] =>
  BOARD_KEYS.map((key) => {
    const id = boardId(key);
    const path = inSpace(settings, `/api/dashboards/${id}`);
    const body = boardBody(key);
    return {
      kind: 'dashboard',
      name: id,
      dependsOn: [keyOf({ kind: 'data-view', name: viewId('all') })],
      put: { method: 'PUT', path, body },
      get: { path },
      previous: dataIn,
      same: (found) => compare(body, dataIn(found)),
    };
  });

// Safe: the answer of Kibana; whatever is not where it should be is a difference.
const dataIn = (found: unknown): unknown => (found as { data?: unknown } | undefined)?.data;
