import { COLOURS, MEANINGS } from '../../panels/colours.ts';
import { type Board, type BoardPanel, type Override, panelsOf } from '../board.ts';
import { type Finding, findingAt } from '../finding.ts';

const NONE: readonly string[] = ['transparent'];
const TABLE: readonly string[] = [...Object.values(COLOURS), ...NONE];

/** Everything that is drawn in a colour of the table; a word of it is drawn in the colour of its meaning, on every board. */
export const lintColours = (boards: readonly Board[]): readonly Finding[] => {
  const first = new Map<string, Named>();
  return boards.flatMap((board) =>
    panelsOf(board).flatMap((panel) => [
      ...coloursOf(panel)
        .filter((colour) => !TABLE.includes(colour))
        .map((found) =>
          findingAt({ board, panel }, 'colour-table', { expected: 'a colour of dashboards/panels/colours.ts', found }),
        ),
      ...[...namedIn(board, panel), ...wordsIn(board, panel)].flatMap((named) => judge(named, first)),
    ]),
  );
};

/** A series that an override paints, or a word that stands for a number. */
interface Named {
  readonly board: Board;
  readonly panel: BoardPanel;
  readonly name: string;
  readonly colour: string;
}

const judge = (named: Named, first: Map<string, Named>): readonly Finding[] => {
  const { board, panel, name, colour } = named;
  const meaning = MEANINGS[name.replaceAll(' ', '_')];
  const before = first.get(name) ?? named;
  first.set(name, before);
  const expected = meaning === undefined ? before.colour : COLOURS[meaning];
  if (colour === expected) return [];
  const why = meaning === undefined ? `as in ${before.panel.title}` : `for ${meaning}`;
  return [
    findingAt({ board, panel }, 'colour-meaning', { expected: `${expected} for "${name}", ${why}`, found: colour }),
  ];
};

const namedIn = (board: Board, panel: BoardPanel): readonly Named[] =>
  panel.fieldConfig.overrides.flatMap(({ matcher, properties }: Override) => {
    const colour = properties.filter(({ id }) => id === 'color').flatMap(({ value }) => coloursOf(value))[0];
    const isNamed = matcher.id === 'byName' && typeof matcher.options === 'string' && colour !== undefined;
    return isNamed ? [{ board, panel, name: String(matcher.options), colour }] : [];
  });

/** The words that numbers are shown as, wherever they stand in a panel. */
const wordsIn = (board: Board, panel: BoardPanel): readonly Named[] =>
  textsIn(panel.fieldConfig).map(({ text: name, color: colour }) => ({ board, panel, name, colour }));

const textsIn = (part: unknown): readonly { readonly text: string; readonly color: string }[] => {
  if (typeof part !== 'object' || part === null) return [];
  if ('text' in part && 'color' in part && typeof part.text === 'string' && typeof part.color === 'string') {
    return [{ text: part.text, color: part.color }];
  }
  return Object.values(part).flatMap(textsIn);
};

/** Keys under which Grafana keeps colours; `color` holds an object where it says how they are chosen. */
const KEYS: readonly string[] = ['color', 'fixedColor', 'fill', 'exemplarColor'];

/** Every colour inside a part of a board. */
const coloursOf = (part: unknown): readonly string[] => {
  if (Array.isArray(part)) return part.flatMap(coloursOf);
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) =>
    KEYS.includes(key) && typeof value === 'string' ? [value] : coloursOf(value),
  );
};
