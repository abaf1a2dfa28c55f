/** The type of one field, as Elasticsearch's mappings say it. */
export interface Field {
  readonly type: string;
  readonly [parameter: string]: unknown;
}

/** Fields by their dotted names. */
export type Fields = Readonly<Record<string, Field>>;

/** A word that is searched as a whole. What a client may have written is cut where it would only fill the disk. */
export const keyword: Field = { type: 'keyword', ignore_above: 1024 };
/** Kept, shown, never searched. */
export const kept: Field = { type: 'keyword', index: false, doc_values: false };
/** Sentences: found by their words; nobody ranks log lines, so no norms. */
export const text: Field = { type: 'text', norms: false };
export const long: Field = { type: 'long' };
export const float: Field = { type: 'float' };
export const boolean: Field = { type: 'boolean' };
export const date: Field = { type: 'date' };
export const ip: Field = { type: 'ip' };
/** A mapping whose keys nobody lists: all of it is one field, so that no key can blow up the mapping. */
export const free: Field = { type: 'flattened', ignore_above: 1024 };

/** Several fields of one type. */
export const all = (field: Field, ...names: readonly string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, field]));

interface Node {
  readonly properties: Record<string, Field | Node>;
}

/** Dotted names as the nested objects that mappings are written in. */
export const nest = (fields: Fields): Node['properties'] => {
  const root: Node = { properties: {} };
  for (const [name, field] of Object.entries(fields)) put(root, name.split('.'), field, name);
  return root.properties;
};

const put = (node: Node, [part = '', ...rest]: readonly string[], field: Field, name: string): void => {
  const there = node.properties[part];
  if (rest.length === 0) {
    if (there !== undefined) throw new TypeError(`${name} is a field and an object at once`);
    node.properties[part] = field;
    return;
  }
  if (there !== undefined && !isNode(there)) throw new TypeError(`${name} lies below a field`);
  const inner = there ?? { properties: {} };
  node.properties[part] = inner;
  put(inner, rest, field, name);
};

const isNode = (value: Field | Node): value is Node => 'properties' in value;
