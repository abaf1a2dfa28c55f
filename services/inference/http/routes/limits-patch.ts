import { z } from 'zod';
import { configSchema, type LimitsConfig } from '../../../../core/config/schema.ts';
import { invalidField } from './refusals.ts';

const configured = configSchema.shape.limits.unwrap();

type Finish = (field: z.ZodType) => z.ZodType;

// In a patch a default would overwrite what is set now; in an answer nothing is absent. The metadata of settings
// (`live` and others) means nothing to API clients, so only descriptions are taken over.
const rebuild = (schema: z.ZodObject, finish: Finish): z.ZodObject =>
  z.strictObject(
    Object.fromEntries(Object.entries(schema.shape).map(([name, field]) => [name, rebuildField(field, finish)])),
  );

const rebuildField = (field: z.core.$ZodType, finish: Finish): z.ZodType => {
  const description = z.globalRegistry.get(field)?.description;
  const inner = field instanceof z.ZodDefault || field instanceof z.ZodPrefault ? field.unwrap() : field;
  // Safe: the schema of the configuration is made of full Zod schemas, not of Zod's core alone.
  const bare = (inner instanceof z.ZodObject ? rebuild(inner, finish) : inner) as z.ZodType;
  return finish(description === undefined ? bare : bare.meta({ description }));
};

/** Limits as they apply now. */
export const limitsSchema = rebuild(configured, (field) => field).meta({ id: 'Limits' });

/** Some limits; the others stay as they are. */
export const limitsPatch = rebuild(configured, (field) => field.optional()).meta({
  id: 'LimitsPatch',
  description: 'Absent: unchanged.',
  minProperties: 1,
});

export type LimitsPatch = z.output<typeof limitsPatch>;

/** The limits with the patch applied, read by the configuration's own schema. */
export const mergeLimits = (current: LimitsConfig, patch: LimitsPatch): LimitsConfig => {
  if (Object.keys(patch).length === 0) throw invalidField('body', 'at least one limit', 'none');
  return configured.parse({ ...current, ...patch, perKey: { ...current.perKey, ...objectOf(patch.perKey) } });
};

const objectOf = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});
