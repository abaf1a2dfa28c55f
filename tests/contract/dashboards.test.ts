import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { BOARDS, DATA_VIEWS } from '../../alerting/links.ts';
import { tuningOf } from '../../alerting/rules/tuning.ts';
import { configSchema } from '../../core/config/schema.ts';
import { BOARDS_BUILT, type Built, buildBoards } from '../../dashboards/boards/index.ts';
import { readBoards } from '../../dashboards/json-files.ts';
import { readBoard } from '../../dashboards/lint/board.ts';
import { worldOf } from '../../dashboards/lint/lint.ts';
import { parsePromql } from '../../dashboards/lint/promql/parse.ts';
import { namesIn } from '../../dashboards/lint/promql/walk.ts';
import { questionsOf } from '../../dashboards/questions/questions.ts';
import { fieldsOf } from '../../elk/elasticsearch/stream-fields.ts';
import { STREAM_KEYS } from '../../elk/streams.ts';

const provisioned = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../dashboards/provisioning/${name}`, import.meta.url)), 'utf8');

/** Every text in a board, however deep. */
const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : [];

const panelsOf = ({ dashboard: { panels = [] } }: Built) =>
  panels.flatMap((panel) => [panel, ...('panels' in panel ? panel.panels : [])]);

describe('searches in the logs', () => {
  const known = new Set(STREAM_KEYS.flatMap((key) => Object.keys(fieldsOf(key))));
  /** Labels of the streams that leave them free. */
  const isKnown = (field: string): boolean => known.has(field) || field.startsWith('labels.');
  const target = z.object({
    query: z.string(),
    bucketAggs: z.array(z.object({ field: z.string().optional() })),
  });
  const targets = BOARDS_BUILT.flatMap(panelsOf).flatMap((panel) =>
    ('targets' in panel ? (panel.targets ?? []) : []).flatMap((one) => target.safeParse(one).data ?? []),
  );
  const links = BOARDS_BUILT.flatMap(({ dashboard }) => textsIn(dashboard))
    .filter((text) => text.startsWith(`/d/${BOARDS.logs.uid}?`))
    .map((text) => decodeURIComponent(text.split('var-query=')[1] ?? ''));
  const fieldsIn = (query: string): readonly string[] =>
    [...query.matchAll(/([a-z_]+(?:\.[a-z_]+)*):/g)].map(([, field = '']) => field);

  it('ask for fields that the streams have', () => {
    expect(targets.length).toBeGreaterThan(3);
    const asked = targets.flatMap(({ query, bucketAggs }) => [
      ...fieldsIn(query),
      ...bucketAggs.flatMap(({ field }) => field ?? []),
    ]);
    expect(asked.filter((field) => !isKnown(field))).toEqual([]);
  });

  it('are a click away from metrics, and find fields that there are', () => {
    expect(links.length).toBeGreaterThan(5);
    for (const link of links) expect(fieldsIn(link), link).not.toEqual([]);
    expect(links.flatMap(fieldsIn).filter((field) => !isKnown(field))).toEqual([]);
  });

  it('cover every stream of ours by the pattern that is provisioned', () => {
    const { datasources } = z
      .object({
        datasources: z.array(z.object({ type: z.string(), jsonData: z.object({ index: z.string().optional() }) })),
      })
      .parse(parse(provisioned('datasources.yaml')));
    const index = datasources.find(({ type }) => type === 'elasticsearch')?.jsonData.index ?? '';
    for (const { pattern } of Object.values(DATA_VIEWS)) expect(pattern.startsWith(index.replace('*', ''))).toBe(true);
  });
});

describe('pictures over time', () => {
  /** What is held against the clock: a rule would bear the time of its own evaluation. */
  const isOfClock = (expr: string): boolean => /\btime(stamp)?\(/.test(expr);
  const table = worldOf(configSchema.parse({})).series;
  const drawn = readBoards()
    .map(readBoard)
    .flatMap((board) => questionsOf(board, { rangeMs: 2_592_000_000, scrapeMs: 5000 }))
    .filter(({ isInstant, isPointer, panel, expr }) => !isInstant && !isPointer && panel !== '' && !isOfClock(expr));

  it('draw series that rules record, whatever is in the catalogue', () => {
    expect(drawn.length).toBeGreaterThan(100);
    const raw = drawn.filter(({ expr }) => {
      const parsed = parsePromql(expr);
      const names = parsed.ok ? namesIn(parsed.expr) : [];
      return names.every((name) => table.isScraped(name));
    });
    expect(raw.map(({ board, panel }) => `${board}: ${panel}`)).toEqual([]);
  });
});

describe('the limits that boards draw', () => {
  it('are those of the configuration', () => {
    const config = configSchema.parse({ alerts: { accelerators: { temperatureCelsius: 83 } } });
    const hardware = buildBoards(tuningOf(config)).find(({ dashboard }) => dashboard.uid === BOARDS.hardware.uid);
    const [steps] = (hardware === undefined ? [] : panelsOf(hardware)).flatMap((panel) =>
      panel.id === 1 && 'fieldConfig' in panel ? [panel.fieldConfig?.defaults.thresholds?.steps] : [],
    );
    expect(steps?.map(({ value }) => value)).toEqual([null, 83]);
  });
});
