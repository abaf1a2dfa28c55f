import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  type RowPanel,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { BOARDS, type BoardKey } from '../../alerting/links.ts';
import { METRICS, type MetricKey } from '../../core/telemetry/metrics.ts';
import { wireName } from '../../core/telemetry/wire-name.ts';
import { PROMETHEUS } from '../panels/query.ts';
import { annotations } from './annotations.ts';
import { QUERY } from './logs-link.ts';

/** A variable whose values are those that a label of an instrument has. */
export interface LabelVariable {
  readonly label: string;
  readonly of: MetricKey;
}

export interface BoardSpec {
  readonly key: BoardKey;
  /** The question that the whole board answers. */
  readonly description: string;
  readonly variables?: readonly LabelVariable[];
  /** Whether it also asks Elasticsearch, for what the reader writes. */
  readonly searches?: boolean;
  readonly panels: readonly (Panel | RowPanel)[];
}

/** Boards about models: all of them, or some. */
export const MODEL_VARIABLE = { label: 'gen_ai_request_model', of: 'modelState' } as const satisfies LabelVariable;
/** What a selection asks of the label then. */
export const CHOSEN_MODEL = '$gen_ai_request_model';

/** Lucene for every line. */
const EVERYTHING = '*';

const TAG = 'clawdbot';
/** On the page of every process of ours. */
const EVERYWHERE: MetricKey = 'heapUsed';

/** A board with what all of them share: the data source, jobs and instances to choose from, links to the others. */
export const board = ({ key, description, variables = [], searches = false, panels }: BoardSpec): Dashboard => {
  const { uid, title } = BOARDS[key];
  const builder = new DashboardBuilder(`Clawdbot / ${title}`)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .readonly()
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .link(
      new DashboardLinkBuilder('Boards')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(false)
        .includeVars(true)
        .keepTime(true),
    );
  const scraped = [
    { label: 'job', of: EVERYWHERE },
    { label: 'instance', of: EVERYWHERE },
  ] as const;
  for (const annotation of annotations()) builder.annotation(annotation);
  for (const variable of [...scraped, ...variables]) builder.withVariable(labelVariable(variable));
  if (searches) {
    builder
      .withVariable(
        new DatasourceVariableBuilder('elasticsearch_datasource')
          .label('Elasticsearch data source')
          .type('elasticsearch'),
      )
      .withVariable(new TextBoxVariableBuilder(QUERY).label('search').defaultValue(EVERYTHING));
  }
  const { links = [], ...rest } = builder.build();
  // The SDK would hide them in a menu.
  return { ...rest, links: links.map(({ placement: _hidden, ...link }) => link), panels: [...panels] };
};

/** As Grafana's linter wants them written. */
const LABELS: Readonly<Record<string, string>> = { job: 'Job', instance: 'Instance' };

/** All of them at first; a choice of the job narrows the rest. */
const labelVariable = ({ label, of }: LabelVariable) => {
  const within = label === 'job' ? '' : label === 'instance' ? '{job=~"$job"}' : '{job=~"$job",instance=~"$instance"}';
  return new QueryVariableBuilder(label)
    .label(LABELS[label] ?? label)
    .datasource(PROMETHEUS)
    .query(`label_values(${wireName(METRICS[of])}${within}, ${label})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ text: ['All'], value: ['$__all'] });
};
