import { elasticModel, keyOfType, type Property, type Type, type TypeName, type Value } from './model.ts';

/** Settings may be anything by the schema, because plugins add theirs; ours are all Elasticsearch's own. */
const CLOSED_ANYWAY: ReadonlySet<string> = new Set([
  'indices._types.IndexSettings',
  'indices._types.MappingLimitSettings',
]);

type Generics = ReadonlyMap<string, Value>;

/** Everything that is wrong with a value, each as `where: what`; empty: nothing is. */
export const checkValue = (value: unknown, type: Value, at: string, generics: Generics = new Map()): string[] => {
  switch (type.kind) {
    case 'user_defined_value':
      return [];
    case 'literal_value':
      return value === type.value ? [] : [`${at}: ${show(value)} is not ${JSON.stringify(type.value)}`];
    case 'array_of':
      return Array.isArray(value)
        ? value.flatMap((entry, index) => checkValue(entry, type.value, `${at}[${index}]`, generics))
        : [`${at}: ${show(value)} is no list`];
    case 'dictionary_of':
      return isMapping(value)
        ? Object.entries(value).flatMap(([key, entry]) => checkValue(entry, type.value, `${at}.${key}`, generics))
        : [`${at}: ${show(value)} is no mapping`];
    case 'union_of':
      return checkUnion(value, type.items, at, generics);
    case 'instance_of':
      return checkInstance(value, type, at, generics);
  }
};

/** Of several that do not fit, the branch that came furthest tells what is wrong. */
const checkUnion = (value: unknown, items: readonly Value[], at: string, generics: Generics): string[] => {
  const found = items.map((item) => checkValue(value, item, at, generics));
  const depth = (problems: readonly string[]) =>
    Math.max(...problems.map((text) => text.split(':', 1)[0]?.length ?? 0));
  return found.reduce((best, next) =>
    next.length === 0 || (best.length > 0 && depth(next) > depth(best)) ? next : best,
  );
};

const BUILT_IN: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  null: (value) => value === null,
  void: (value) => value === undefined,
};
const NUMBERS: ReadonlySet<string> = new Set(['byte', 'short', 'integer', 'uint', 'long', 'ulong', 'float', 'double']);

const checkInstance = (
  value: unknown,
  { type: name, generics: given = [] }: Extract<Value, { kind: 'instance_of' }>,
  at: string,
  generics: Generics,
): string[] => {
  const bound = generics.get(name.name);
  if (bound !== undefined && !elasticModel().types.has(keyOfType(name))) return checkValue(value, bound, at);
  if (name.namespace === '_builtins') return verdict(BUILT_IN[name.name]?.(value) ?? true, value, name, at);
  if (name.namespace === '_types' && NUMBERS.has(name.name)) return verdict(typeof value === 'number', value, name, at);
  // A variable of the type that it stands in: whoever uses that says what it is, and inheritance hides it.
  if (elasticModel().types.has(name.namespace)) return [];
  const type = elasticModel().types.get(keyOfType(name));
  if (type === undefined) return [`${at}: the schema lacks ${keyOfType(name)}`];
  const inner = new Map((type.generics ?? []).map((each, index) => [each.name, resolve(given[index], generics)]));
  return checkType(value, type, at, inner);
};

const resolve = (value: Value | undefined, generics: Generics): Value => {
  if (value === undefined) return { kind: 'user_defined_value' };
  return value.kind === 'instance_of' ? (generics.get(value.type.name) ?? value) : value;
};

const verdict = (isGood: boolean, value: unknown, { name }: TypeName, at: string): string[] =>
  isGood ? [] : [`${at}: ${show(value)} is no ${name}`];

const checkType = (value: unknown, type: Type, at: string, generics: Generics): string[] => {
  if (type.kind === 'enum') {
    const names = (type.members ?? []).flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    return type.isOpen === true || names.includes(String(value)) ? [] : [`${at}: ${show(value)} is none of ${names}`];
  }
  if (type.kind === 'type_alias') {
    const { variants, type: target } = type;
    if (target === undefined) return [];
    return variants?.kind === 'internal_tag' && target.kind === 'union_of'
      ? checkTagged(value, variants, target.items, at, generics)
      : checkValue(value, target, at, generics);
  }
  if (!isMapping(value)) {
    const short = propertiesOf(type).find(({ name }) => name === type.shortcutProperty)?.type;
    return short === undefined
      ? [`${at}: ${show(value)} is no ${type.name.name}`]
      : checkValue(value, short, at, generics);
  }
  return checkMembers(value, propertiesOf(type), type, at, generics);
};

/** Of a union told apart by one property, the branch that names what is there. */
const checkTagged = (
  value: unknown,
  { tag = 'type', defaultTag }: NonNullable<Type['variants']>,
  items: readonly Value[],
  at: string,
  generics: Generics,
): string[] => {
  const given = isMapping(value) ? (value[tag] ?? defaultTag) : undefined;
  const branch = items.find((item) => {
    const type = item.kind === 'instance_of' ? elasticModel().types.get(keyOfType(item.type)) : undefined;
    const told = type === undefined ? undefined : propertiesOf(type).find(({ name }) => name === tag)?.type;
    return told?.kind === 'literal_value' && told.value === given;
  });
  return branch === undefined
    ? [`${at}.${tag}: ${show(given)} is no kind it knows`]
    : checkValue(value, branch, at, generics);
};

/** Those of a type and of what it inherits from. */
const propertiesOf = (type: Type): readonly Property[] => {
  const parent = type.inherits === undefined ? undefined : elasticModel().types.get(keyOfType(type.inherits.type));
  return [...(type.properties ?? []), ...(parent === undefined ? [] : propertiesOf(parent))];
};

const isOpen = (type: Type): boolean =>
  !CLOSED_ANYWAY.has(keyOfType(type.name)) &&
  [...(type.behaviors ?? [])].some(({ type: { name } }) => /^AdditionalPropert(y|ies)$/.test(name));

/** The members of a mapping against the properties of a type: none unknown, none missing, each of its kind. */
export const checkMembers = (
  value: Readonly<Record<string, unknown>>,
  properties: readonly Property[],
  type: Type,
  at: string,
  generics: Generics = new Map(),
): string[] => {
  const byName = new Map(
    properties.flatMap((each) => [each.name, ...(each.aliases ?? [])].map((name) => [name, each])),
  );
  const unknown = Object.keys(value).filter((key) => !byName.has(key) && !isOpen(type));
  const missing = properties.filter(
    ({ name, aliases = [], required }) => required && [name, ...aliases].every((key) => value[key] === undefined),
  );
  return [
    ...unknown.map((key) => `${at}.${key}: unknown property of ${type.name.name}`),
    ...missing.map(({ name }) => `${at}.${name}: missing in ${type.name.name}`),
    ...Object.entries(value).flatMap(([key, entry]) => {
      const property = byName.get(key);
      return property === undefined || entry === undefined
        ? []
        : checkValue(entry, property.type, `${at}.${key}`, generics);
    }),
  ];
};

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60));
