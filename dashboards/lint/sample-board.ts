import { BOARDS, PANELS } from '../../alerting/links.ts';
import { recorded } from '../../alerting/rules/series.ts';
import { COLOURS } from '../panels/colours.ts';

const SOURCE = { type: 'prometheus', uid: '$datasource' };
const { temperature } = PANELS;

const filter = (name: string) => ({
  ...{
    name,
    label: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    type: 'query',
    datasource: SOURCE,
    refresh: 2,
    multi: true,
    includeAll: true,
    allValue: '.+',
  },
  query: { query: `label_values(up, ${name})`, refId: 'A' },
});

const limits = (...values: readonly number[]) => ({
  mode: 'absolute',
  steps: [{ value: null, color: 'transparent' }, ...values.map((value) => ({ value, color: COLOURS.bad }))],
});

const NULLS = { noValue: 'nothing known', custom: { spanNulls: false } };

const panel = (id: number, title: string, x: number, expr: string, unit: string) => ({
  ...{ id, title, type: 'timeseries', description: 'What it shows.', datasource: SOURCE },
  gridPos: { x, y: 0, w: 12, h: 8 },
  targets: [{ refId: 'A', expr, legendFormat: '{{instance}}' }],
  fieldConfig: { defaults: { ...NULLS, unit, thresholds: limits() }, overrides: [] },
});

const OURS = 'job=~"$job",instance=~"$instance"';

/** A small board without fault, as Grafana stores it, for tests that put one fault into it. */
export const sampleBoard = () => ({
  uid: BOARDS[temperature.board].uid,
  title: 'A board',
  description: 'What it answers.',
  tags: ['clawdbot'],
  editable: false,
  schemaVersion: 42,
  links: [{ title: 'Overview', keepTime: true, includeVars: true }],
  templating: {
    list: [
      { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
      filter('job'),
      filter('instance'),
    ],
  },
  annotations: { list: [] },
  panels: [
    {
      ...panel(temperature.id, temperature.title, 0, `max by (hw_id) (hw_temperature_celsius{${OURS}})`, 'celsius'),
      fieldConfig: { defaults: { ...NULLS, unit: 'celsius', thresholds: limits(75) }, overrides: [] },
    },
    panel(50, 'Requests', 12, `sum(avg_over_time(${recorded('requestRate')}{${OURS}}[$__interval]))`, 'reqps'),
    {
      ...{ id: 1000, type: 'row', title: 'Detail', collapsed: true, gridPos: { x: 0, y: 8, w: 24, h: 1 } },
      panels: [
        {
          ...panel(
            51,
            'First token',
            0,
            `histogram_quantile(0.99, sum by (le) (avg_over_time(${recorded('firstTokenSpreadOfModel')}{${OURS}}[$__interval])))`,
            's',
          ),
          gridPos: { x: 0, y: 9, w: 24, h: 8 },
        },
      ],
    },
  ],
});

export type SampleBoard = ReturnType<typeof sampleBoard>;
