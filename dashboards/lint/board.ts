import { z } from 'zod';

/** What a rule needs to know of a dashboard as Grafana stores it; whatever else is in there is left alone. */
const source = z.looseObject({ type: z.string().optional(), uid: z.string().optional() });

const target = z.looseObject({
  refId: z.string().default(''),
  datasource: source.optional(),
  expr: z.string().optional(),
  query: z.string().optional(),
  /** What Elasticsearch is asked to compute of each bucket. */
  metrics: z.array(z.looseObject({ type: z.string() })).optional(),
  legendFormat: z.string().optional(),
  hide: z.boolean().optional(),
  instant: z.boolean().optional(),
  exemplar: z.boolean().optional(),
});

const property = z.looseObject({ id: z.string(), value: z.unknown() });
const override = z.looseObject({
  matcher: z.looseObject({ id: z.string(), options: z.unknown() }),
  properties: z.array(property).default([]),
});
const step = z.looseObject({ value: z.number().nullable().optional(), color: z.string().optional() });

/** Where colours change; also what an override of them holds. */
export const stepsSchema = z.looseObject({ mode: z.string().optional(), steps: z.array(step).default([]) });

const fieldConfig = z.looseObject({
  defaults: z
    .looseObject({
      unit: z.string().optional(),
      mappings: z.array(z.unknown()).optional(),
      thresholds: stepsSchema.optional(),
      /** Shown where there is none. */
      noValue: z.string().optional(),
      custom: z
        .looseObject({
          thresholdsStyle: z.looseObject({ mode: z.string() }).optional(),
          spanNulls: z.union([z.boolean(), z.number()]).optional(),
        })
        .optional(),
    })
    .default({}),
  overrides: z.array(override).default([]),
});

const grid = z.looseObject({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });

const panel = z.looseObject({
  id: z.number().optional(),
  type: z.string(),
  title: z.string().default(''),
  description: z.string().default(''),
  datasource: source.optional(),
  targets: z.array(target).default([]),
  fieldConfig: fieldConfig.default({ defaults: {}, overrides: [] }),
  gridPos: grid.optional(),
  repeat: z.string().nullable().optional(),
  options: z.looseObject({ yAxis: z.looseObject({ unit: z.string().optional() }).optional() }).optional(),
  /** The shortest step. */
  interval: z.string().nullable().optional(),
});
const row = panel.extend({ collapsed: z.boolean().default(false), panels: z.array(panel).default([]) });

const option = z.looseObject({ value: z.union([z.string(), z.array(z.string())]).optional() });
const variable = z.looseObject({
  name: z.string(),
  type: z.string(),
  label: z.string().nullable().default(''),
  datasource: source.optional(),
  query: z.unknown(),
  multi: z.boolean().default(false),
  includeAll: z.boolean().default(false),
  allValue: z.string().nullable().optional(),
  refresh: z.number().optional(),
  current: option.optional(),
  options: z.array(option).default([]),
});

const annotation = z.looseObject({
  name: z.string().default(''),
  datasource: source.optional(),
  expr: z.string().optional(),
  enable: z.boolean().optional(),
});

const board = z.looseObject({
  uid: z.string().default(''),
  title: z.string().default(''),
  description: z.string().default(''),
  tags: z.array(z.string()).default([]),
  editable: z.boolean().default(true),
  schemaVersion: z.number().default(0),
  refresh: z.union([z.string(), z.boolean()]).optional(),
  links: z.array(z.looseObject({})).default([]),
  templating: z.looseObject({ list: z.array(variable).default([]) }).default({ list: [] }),
  annotations: z.looseObject({ list: z.array(annotation).default([]) }).default({ list: [] }),
  panels: z.array(row).default([]),
});

export type Board = Readonly<z.infer<typeof board>>;
export type Row = Readonly<z.infer<typeof row>>;
export type BoardPanel = Readonly<z.infer<typeof panel>>;
export type Target = Readonly<z.infer<typeof target>>;
export type BoardVariable = Readonly<z.infer<typeof variable>>;
export type Override = Readonly<z.infer<typeof override>>;

/** A dashboard from its JSON; throws where a field that is read here has another form than Grafana gives it. */
export const readBoard = (json: unknown): Board => board.parse(json);

/** Everything on a board that shows something, those in collapsed rows included, without the rows themselves. */
export const panelsOf = ({ panels }: Board): readonly BoardPanel[] =>
  panels.flatMap((one) => (one.type === 'row' ? one.panels : [one]));

/** Panels that ask nothing of a data source. */
const WORDS: readonly string[] = ['row', 'text', 'dashlist', 'news', 'welcome', 'alertlist', 'annolist'];

export const isWords = ({ type }: BoardPanel): boolean => WORDS.includes(type);

/** A question that yields no series, and only names the histogram whose exemplars are drawn: recorded series have none. */
export const isPointer = ({ exemplar = false, expr = '' }: Target): boolean => exemplar && / > Inf$/.test(expr);
