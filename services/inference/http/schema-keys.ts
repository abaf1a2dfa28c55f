import type { ZodType, z } from 'zod';

type Schema = z.core.$ZodType;

/** The field names an object schema knows at a path; empty where there is no object. */
export const keysAt = (schema: ZodType, path: readonly PropertyKey[]): string[] => {
  let level: Schema[] = unwrap(schema);
  for (const part of path) level = level.flatMap((candidate) => step(candidate, part)).flatMap(unwrap);
  return [...new Set(level.flatMap(shapeKeys))];
};

const definitionOf = (schema: Schema) =>
  // Safe: `def` is a discriminated union on `type` that Zod documents for exactly this kind of walk.
  (schema as z.core.$ZodTypes)._zod.def;

const unwrap = (schema: Schema): Schema[] => {
  const definition = definitionOf(schema);
  switch (definition.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
    case 'catch':
      return unwrap(definition.innerType);
    case 'pipe':
      return unwrap(definition.in);
    case 'union':
      return definition.options.flatMap(unwrap);
    case 'intersection':
      return [...unwrap(definition.left), ...unwrap(definition.right)];
    default:
      return [schema];
  }
};

const step = (schema: Schema, part: PropertyKey): Schema[] => {
  const definition = definitionOf(schema);
  if (definition.type === 'object') {
    const inner = typeof part === 'string' ? definition.shape[part] : undefined;
    return inner === undefined ? [] : [inner];
  }
  if (definition.type === 'array') return [definition.element];
  return definition.type === 'record' ? [definition.valueType] : [];
};

const shapeKeys = (schema: Schema): string[] => {
  const definition = definitionOf(schema);
  return definition.type === 'object' ? Object.keys(definition.shape) : [];
};
