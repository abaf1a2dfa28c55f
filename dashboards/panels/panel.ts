import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import {
  type DashboardLink,
  DashboardLinkBuilder,
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type MatcherConfig,
  type Panel,
  type ThresholdsConfig,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PANELS, type PanelKey } from '../../alerting/links.ts';
import { COLOURS, type Colour, MEANINGS } from './colours.ts';
import { type Form, PROMETHEUS, type Query, shortestStep, targetsOf } from './query.ts';
import { grafanaUnit } from './units.ts';

/** What every panel says of itself. */
export interface PanelWords {
  readonly id: number;
  /** A question, or a plain noun. */
  readonly title: string;
  /** One sentence or two: what it shows, and what a sick system looks like in it. */
  readonly description: string;
  /** Shown instead of a value there is none of: absent is not zero. */
  readonly noValue?: string;
  /** Where a click on a value leads. */
  readonly links?: readonly PanelLink[];
}

export interface PanelLink {
  readonly title: string;
  readonly url: string;
}

/** Number and title of a panel that alerts lead to. */
export const alertPanel = (key: PanelKey): Pick<PanelWords, 'id' | 'title'> => {
  const { id, title } = PANELS[key];
  return { id, title };
};

const NOT_KNOWN = 'not known';

/** What builders of all types of panels have in common. */
interface AnyPanelBuilder<Self> extends Builder<Panel> {
  id(id: number): Self;
  title(title: string): Self;
  description(description: string): Self;
  datasource(source: DataSourceRef): Self;
  interval(interval: string): Self;
  unit(unit: string): Self;
  noValue(text: string): Self;
  dataLinks(links: Builder<DashboardLink>[]): Self;
  withTarget(target: Builder<Dataquery>): Self;
}

/** Gives a panel its words, its unit and its queries. */
export const begin = <B extends AnyPanelBuilder<B>>(
  builder: B,
  words: PanelWords,
  queries: readonly Query[],
  form: Form,
  unit = unitOf(words.title, queries),
): B => {
  const { id, title, description, noValue = NOT_KNOWN, links = [] } = words;
  builder.id(id).title(title).description(description).noValue(noValue);
  builder.datasource(PROMETHEUS).unit(unit);
  if (links.length > 0) builder.dataLinks(links.map(({ title, url }) => new DashboardLinkBuilder(title).url(url)));
  const step = shortestStep(queries);
  if (step !== undefined) builder.interval(step);
  for (const target of targetsOf(queries, form)) builder.withTarget(target);
  return builder;
};

/** One unit for all that a panel shows. */
const unitOf = (title: string, queries: readonly Query[]): string => {
  const [unit, ...others] = new Set(queries.map(({ expr }) => grafanaUnit(expr.unit)));
  if (unit === undefined || others.length > 0) {
    throw new Error(`${title}: expected queries of one unit, got ${[unit, ...others].join(' and ')}`);
  }
  return unit;
};

export interface Override {
  readonly matcher: MatcherConfig;
  readonly properties: DynamicConfigValue[];
}

/** The colour of a series by its name: what the panel says, else what the name means. */
export const colourOverrides = (names: readonly string[], own: Readonly<Record<string, Colour>> = {}): Override[] =>
  [...new Set(names)].flatMap((name) => {
    const colour = own[name] ?? MEANINGS[name];
    return colour === undefined ? [] : [overrideOf(name, { id: 'color', value: fixed(colour).build() })];
  });

/** The same for series whose name ends with a word: `scale failed`. */
export const endingOverrides = (endings: readonly string[]): Override[] =>
  endings.flatMap((ending) => {
    const colour = MEANINGS[ending];
    if (colour === undefined) throw new Error(`${ending}: has no meaning in MEANINGS`);
    return [
      {
        matcher: { id: 'byRegexp', options: `/ ${ending}$/` },
        properties: [{ id: 'color', value: fixed(colour).build() }],
      },
    ];
  });

/** Changes one series, by its name. */
export const overrideOf = (name: string, ...properties: DynamicConfigValue[]): Override => ({
  matcher: { id: 'byName', options: name },
  properties,
});

export const fixed = (colour: Colour): FieldColorBuilder =>
  new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(COLOURS[colour]);

/** Series of one kind, told apart by shades. */
export const shades = (): FieldColorBuilder =>
  new FieldColorBuilder().mode(FieldColorModeId.Shades).fixedColor(COLOURS.each);

/** Where a value begins to mean something else; without `from` it is so from the very beginning. */
export interface Step {
  readonly from?: number;
  readonly colour: Colour | 'none';
}

export const stepsOf = (steps: readonly Step[]): Builder<ThresholdsConfig> =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(
    steps.map(({ from, colour }) => ({
      value: from ?? null,
      color: colour === 'none' ? 'transparent' : COLOURS[colour],
    })),
  );

/** What a number stands for. */
export interface Word {
  readonly text: string;
  readonly colour: Colour;
}

export const wordsFor = (meanings: Readonly<Record<number, Word>>): ValueMap => ({
  type: MappingType.ValueToText,
  options: Object.fromEntries(
    Object.entries(meanings).map(([value, { text, colour }], index) => [
      value,
      { text, color: COLOURS[colour], index },
    ]),
  ),
});
