import { z } from 'zod';

/**
 * The requests of Kibana 9.5 that we send, written down from its published documentation: that may not be copied here
 * (CC BY-NC-ND), so this is ours, and strict: what is not here is an error.
 */
const column = z.strictObject({ column: z.string().min(1) });
const esql = z.strictObject({ type: z.literal('esql'), query: z.string().startsWith('FROM ') });
const described = { title: z.string(), description: z.string() };

const layer = z.strictObject({
  type: z.enum(['bar', 'bar_stacked', 'line', 'area']),
  data_source: esql,
  x: column,
  y: z.array(column).min(1).max(100),
  breakdown_by: column.optional(),
});

const vis = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('xy'), ...described, layers: z.array(layer).min(1).max(100) }),
  z.strictObject({
    type: z.literal('data_table'),
    ...described,
    data_source: esql,
    rows: z.array(column).min(1).max(50),
    metrics: z.array(column).min(1).max(1000),
  }),
]);

/** The grid is 48 wide. */
const grid = z
  .strictObject({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1).max(48), h: z.int().min(1) })
  .refine(({ x, w }) => x + w <= 48);

const dashboard = z.strictObject({
  title: z.string().min(1),
  description: z.string(),
  time_range: z.strictObject({ from: z.string(), to: z.string() }),
  panels: z.array(z.strictObject({ type: z.literal('vis'), grid, config: vis })).max(100),
});

const dataView = z.strictObject({
  override: z.boolean(),
  data_view: z.strictObject({
    id: z.string(),
    title: z.string(),
    name: z.string(),
    timeFieldName: z.string(),
    allowNoIndex: z.boolean().optional(),
  }),
});

const tab = z.strictObject({
  id: z.string(),
  label: z.string(),
  attributes: z.strictObject({
    columns: z.array(z.string()),
    sort: z.array(z.tuple([z.string(), z.enum(['asc', 'desc'])])),
    grid: z.strictObject({}),
    hideChart: z.boolean(),
    isTextBasedQuery: z.boolean(),
    kibanaSavedObjectMeta: z.strictObject({ searchSourceJSON: z.string() }),
  }),
});

const search = z.strictObject({
  attributes: z.strictObject({ title: z.string(), description: z.string(), tabs: z.array(tab).min(1).max(25) }),
  references: z.array(z.strictObject({ name: z.string(), type: z.literal('index-pattern'), id: z.string() })),
});

const space = z.strictObject({ id: z.string().regex(/^[a-z0-9_-]+$/), name: z.string(), description: z.string() });

const role = z.strictObject({
  description: z.string(),
  elasticsearch: z.strictObject({
    cluster: z.array(z.string()),
    indices: z.array(z.strictObject({ names: z.array(z.string()), privileges: z.array(z.string()) })),
    run_as: z.array(z.string()),
  }),
  kibana: z.array(
    z.strictObject({
      base: z.array(z.string()),
      feature: z.record(z.string(), z.array(z.enum(['all', 'read']))),
      spaces: z.array(z.string()),
    }),
  ),
});

const ROUTES: readonly (readonly [method: string, path: RegExp, body?: z.ZodType])[] = [
  ['GET', /^\/api\/status$/],
  ['POST', /^\/api\/spaces\/space$/, space],
  ['PUT', /^\/api\/spaces\/space\/[^/]+$/, space],
  ['POST', /^\/api\/data_views\/data_view$/, dataView],
  ['POST', /^\/api\/saved_objects\/search\/[^/?]+\?overwrite=true$/, search],
  ['PUT', /^\/api\/dashboards\/[^/]+$/, dashboard],
  ['PUT', /^\/api\/security\/role\/[^/]+$/, role],
  ['GET', /^\/api\/(spaces\/space|data_views\/data_view|saved_objects\/search|dashboards|security\/role)\/[^/]+$/],
  ['DELETE', /^\/api\/(spaces\/space|data_views\/data_view|saved_objects\/search|dashboards|security\/role)\/[^/]+$/],
];

/** Everything in which a request is none that Kibana knows; empty: it is. */
export const checkKibanaRequest = (method: string, path: string, body: unknown): readonly string[] => {
  const route = ROUTES.find(([known, pattern]) => known === method && pattern.test(path.replace(/^\/s\/[^/]+/, '')));
  if (route === undefined) return [`${method} ${path}: no route of Kibana`];
  const [, , schema] = route;
  if (schema === undefined) return body === undefined ? [] : [`${method} ${path}: takes no body`];
  const result = schema.safeParse(body);
  return result.success
    ? []
    : result.error.issues.map(({ path: at, message }) => `${path} ${at.join('.')}: ${message}`);
};
