import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The parts of Elastic's own schema of its API that a request is checked against. */
export interface TypeName {
  readonly name: string;
  readonly namespace: string;
}

export type Value =
  | { readonly kind: 'instance_of'; readonly type: TypeName; readonly generics?: readonly Value[] }
  | { readonly kind: 'array_of'; readonly value: Value }
  | { readonly kind: 'dictionary_of'; readonly key: Value; readonly value: Value; readonly singleKey: boolean }
  | { readonly kind: 'union_of'; readonly items: readonly Value[] }
  | { readonly kind: 'literal_value'; readonly value: string | number | boolean }
  | { readonly kind: 'user_defined_value' };

export interface Property {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly required: boolean;
  readonly type: Value;
  readonly containerProperty?: boolean;
}

interface Behavior {
  readonly type: TypeName;
  readonly generics?: readonly Value[];
}

type Body =
  | { readonly kind: 'no_body' }
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'properties'; readonly properties: readonly Property[] };

export interface Type {
  readonly kind: 'interface' | 'enum' | 'type_alias' | 'request' | 'response';
  readonly name: TypeName;
  readonly inherits?: { readonly type: TypeName; readonly generics?: readonly Value[] };
  readonly generics?: readonly TypeName[];
  readonly behaviors?: readonly Behavior[];
  readonly attachedBehaviors?: readonly string[];
  readonly properties?: readonly Property[];
  readonly variants?: { readonly kind: string; readonly tag?: string; readonly defaultTag?: string };
  readonly members?: readonly { readonly name: string; readonly aliases?: readonly string[] }[];
  readonly isOpen?: boolean;
  /** The property that stands for the whole where no mapping is given. */
  readonly shortcutProperty?: string;
  readonly type?: Value;
  readonly path?: readonly Property[];
  readonly query?: readonly Property[];
  readonly body?: Body;
}

export interface Endpoint {
  readonly name: string;
  readonly request: TypeName | null;
  readonly urls: readonly { readonly path: string; readonly methods: readonly string[] }[];
}

interface Model {
  readonly endpoints: readonly Endpoint[];
  readonly types: readonly Type[];
}

export const keyOfType = ({ namespace, name }: TypeName): string => `${namespace}.${name}`;

const FILE = createRequire(import.meta.url).resolve('@elastic/request-converter/dist/schema.json');

let loaded: { readonly endpoints: readonly Endpoint[]; readonly types: ReadonlyMap<string, Type> } | undefined;

/** Read on first use: 11 MB. */
export const elasticModel = () => {
  if (loaded === undefined) {
    // Safe: the file of a pinned version; whatever is not as told above fails the first test that asks for it.
    const { endpoints, types } = JSON.parse(readFileSync(FILE, 'utf8')) as Model;
    loaded = { endpoints, types: new Map(types.map((type) => [keyOfType(type.name), type])) };
  }
  return loaded;
};
