import { type Board, type BoardPanel, isWords, panelsOf } from '../board.ts';
import { type Finding, findingAt } from '../finding.ts';
import { isDataSource } from './variables.ts';

/** Grafana 12 writes this one; older ones held Angular panels, which it no longer shows. */
const OLDEST_SCHEMA = 39;
const ANGULAR: readonly string[] = [
  'graph',
  'singlestat',
  'table-old',
  'grafana-worldmap-panel',
  'grafana-piechart-panel',
];

/** What holds for a board as a whole, and for every panel whatever it shows. */
export const lintBoard = (board: Board): readonly Finding[] => [
  ...identity(board),
  ...panelsOf(board).flatMap((panel) => words(board, panel)),
  ...ids(board),
];

const identity = (board: Board): readonly Finding[] => {
  const say = (rule: string, expected: string, found: string): Finding =>
    findingAt({ board }, rule, { expected, found });
  return [
    ...(board.uid === '' ? [say('board-uid', 'a uid that never changes', 'none')] : []),
    ...(board.title === '' || board.description === ''
      ? [say('board-title', 'a title and a description', 'none')]
      : []),
    ...(board.tags.includes('clawdbot') ? [] : [say('board-tags', 'the tag clawdbot', board.tags.join(', '))]),
    ...(board.editable ? [say('template-uneditable-rule', 'editable false', 'true')] : []),
    ...(board.schemaVersion >= OLDEST_SCHEMA
      ? []
      : [say('board-schema', `schema ${OLDEST_SCHEMA} or newer`, `${board.schemaVersion}`)]),
    ...board.links
      .filter(({ keepTime, includeVars }) => keepTime !== true || includeVars !== true)
      .map(({ title }) => say('board-links', 'links that keep time and variables', `${title}`)),
  ];
};

const words = (board: Board, panel: BoardPanel): readonly Finding[] => {
  const say = (rule: string, expected: string, found: string): Finding =>
    findingAt({ board, panel }, rule, { expected, found });
  const isText = panel.type === 'text';
  return [
    ...(ANGULAR.includes(panel.type) ? [say('panel-angular', 'a panel of today', panel.type)] : []),
    ...(panel.title.trim() === '' && !isText ? [say('panel-title-description-rule', 'a title', 'none')] : []),
    ...(panel.description.trim() === '' && !isText
      ? [say('panel-title-description-rule', 'a description', 'none')]
      : []),
    ...(isWords(panel) || panel.targets.length > 0
      ? []
      : [say('panel-no-targets-rule', 'a question to a source', 'none')]),
    ...(isWords(panel) || usesChosenSource(board, panel)
      ? []
      : [say('panel-datasource-rule', 'a data source that a variable chooses', panel.datasource?.uid ?? 'none')]),
  ];
};

const usesChosenSource = ({ templating }: Board, { datasource, targets }: BoardPanel): boolean => {
  const names = templating.list.filter(({ type }) => type === 'datasource').map(({ name }) => name);
  const isChosen = (uid: string | undefined): boolean => names.some((name) => isDataSource(uid, name));
  const isMixed = datasource?.uid === '-- Mixed --';
  return (
    (isMixed || isChosen(datasource?.uid)) &&
    targets.every((target) => (target.datasource === undefined ? !isMixed : isChosen(target.datasource.uid)))
  );
};

/** Alerts and links name a panel by its number: each has one, and no two the same. */
const ids = (board: Board): readonly Finding[] => {
  const seen = new Map<number, BoardPanel>();
  return [...board.panels, ...board.panels.flatMap(({ panels }) => panels)].flatMap((panel) => {
    const { id } = panel;
    const other = id === undefined ? undefined : seen.get(id);
    if (id !== undefined) seen.set(id, panel);
    if (id !== undefined && id > 0 && other === undefined) return [];
    const found = other === undefined ? `${id ?? 'none'}` : `that of ${other.title}`;
    return [findingAt({ board, panel }, 'panel-id', { expected: 'a number of its own', found })];
  });
};
