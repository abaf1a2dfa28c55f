import type { Board, BoardVariable } from '../board.ts';
import { type Finding, findingAt } from '../finding.ts';
import { parsePromql } from '../promql/parse.ts';
import { fillIn, samplesOf } from '../variables.ts';

/** Grafana's number for "when the time range changes". */
const ON_TIME_RANGE = 2;
const PROMETHEUS = 'prometheus';
/** Where the values of a variable that Prometheus is asked for come from. */
export const isDataSource = (uid: string | undefined, name = 'datasource'): boolean =>
  uid === `$${name}` || uid === `\${${name}}`;

/** The data source is chosen by a variable; so are job and instance, and every other query has its time and its syntax. */
export const lintVariables = (board: Board): readonly Finding[] => {
  const { list } = board.templating;
  return [
    ...dataSources(board),
    ...(asksPrometheus(board) ? [...filter(board, 'job'), ...filter(board, 'instance')] : []),
    ...list.flatMap((variable) => query(board, variable)),
  ];
};

const asksPrometheus = ({ templating }: Board): boolean =>
  templating.list.some(({ type, query: of }) => type === 'datasource' && of === PROMETHEUS);

/** As the linter of Grafana has it: `datasource` where there is one kind, `<kind>_datasource` for each of several. */
const dataSources = (board: Board): readonly Finding[] => {
  const found = board.templating.list.filter(({ type }) => type === 'datasource');
  const rule = 'template-datasource-rule';
  if (found.length === 0) {
    return [findingAt({ board }, rule, { expected: 'a variable that chooses the data source', found: 'none' })];
  }
  return found.flatMap(({ name, label, query: of }) => {
    const isMain = of === PROMETHEUS || found.length === 1;
    const names = [...(isMain ? ['datasource'] : []), `${of}_datasource`];
    return [
      ...(names.includes(name)
        ? []
        : [
            findingAt({ board }, rule, { expected: `a data source variable named ${names.join(' or ')}`, found: name }),
          ]),
      ...(label?.toLowerCase().includes('data source') === true
        ? []
        : [findingAt({ board }, rule, { expected: `a label with "Data source" on ${name}`, found: `"${label}"` })]),
    ];
  });
};

const titled = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** What `job` and `instance` must be, so that one choice holds for every panel and "All" is no giant expression. */
const filter = (board: Board, name: string): readonly Finding[] => {
  const rule = `template-${name}-rule`;
  const variable = board.templating.list.find((one) => one.name === name);
  const say = (expected: string, found: unknown): readonly Finding[] => [
    findingAt({ board }, rule, {
      expected: `${expected} on the variable ${name}`,
      found: JSON.stringify(found) ?? 'none',
    }),
  ];
  if (variable === undefined) return say('something', undefined);
  const { type, label, multi, includeAll, allValue, datasource } = variable;
  return [
    ...(type === 'query' ? [] : say('the type query', type)),
    ...(isDataSource(datasource?.uid) ? [] : say('the data source $datasource', datasource?.uid)),
    ...(label === titled(name) ? [] : say(`the label ${titled(name)}`, label)),
    ...(multi && includeAll ? [] : say('a choice of several and of all', { multi, includeAll })),
    ...(allValue === '.+' ? [] : say('".+" for all', allValue)),
  ];
};

const query = (board: Board, variable: BoardVariable): readonly Finding[] => {
  if (variable.type !== 'query' || !isDataSource(variable.datasource?.uid)) return [];
  const place = { board };
  const text = labelValuesOf(variable);
  const { text: filled, unknown } = fillIn(text, samplesOf(board));
  // What is asked of label_values is a selector, and a label besides.
  const selector =
    /^label_values\((?:(.*),)?\s*\w+\s*\)$/.exec(filled)?.[1] ?? (filled.startsWith('label_') ? 'up' : filled);
  const inner = /^query_result\((.*)\)$/.exec(selector)?.[1] ?? selector;
  return [
    ...(variable.refresh === ON_TIME_RANGE
      ? []
      : [
          findingAt(place, 'template-on-time-change-reload-rule', {
            expected: `${variable.name} asked for again when the time range changes (${ON_TIME_RANGE})`,
            found: `${variable.refresh ?? 'nothing'}`,
          }),
        ]),
    ...unknown.map((name) =>
      findingAt(place, 'template-label-promql-rule', {
        expected: `variables of the board in ${variable.name}`,
        found: `$${name}`,
      }),
    ),
    ...(parsePromql(inner).ok
      ? []
      : [
          findingAt(place, 'template-label-promql-rule', { expected: `valid PromQL in ${variable.name}`, found: text }),
        ]),
  ];
};

/** The query of a variable: a text, or an object that holds it. */
export const labelValuesOf = ({ query: of }: BoardVariable): string => {
  if (typeof of === 'string') return of;
  const text = typeof of === 'object' && of !== null && 'query' in of ? of.query : '';
  return typeof text === 'string' ? text : '';
};
