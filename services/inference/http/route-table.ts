import type { Operation } from './operation.ts';

/** What the paths of all operations say about a path that no operation answers. */
export interface RouteTable {
  /** The pattern Hono routes by. */
  patternOf(operation: Operation): string;
  /** Methods, upper case, of the operations at this very path; empty where there is none. */
  methodsAt(path: string): string[];
}

const PARAMETER = /\{([A-Za-z][A-Za-z0-9]*)\}/g;

/** Checks that no two operations collide, then answers questions about paths. */
export const compileRoutes = (operations: readonly Operation[]): RouteTable => {
  const seen = new Set<string>();
  for (const { id, method, path } of operations) {
    for (const key of [`operation id ${id}`, `${method} ${path.replace(PARAMETER, '{}')}`]) {
      if (seen.has(key)) throw new TypeError(`two operations share ${key}`);
      seen.add(key);
    }
  }
  const fixed = new Map<string, string[]>();
  const table: { readonly method: string; readonly matcher: RegExp }[] = [];
  for (const { method, path } of operations) {
    if (path.includes('{')) table.push({ method, matcher: matcherOf(path) });
    else fixed.set(path, [...(fixed.get(path) ?? []), method]);
  }
  return {
    patternOf: ({ path }) => path.replace(PARAMETER, ':$1'),
    methodsAt(path) {
      const methods = new Set<string>();
      const add = (method: string): void => {
        methods.add(method.toUpperCase());
        if (method === 'get') methods.add('HEAD');
      };
      for (const method of fixed.get(path) ?? []) add(method);
      for (const { method, matcher } of table) if (matcher.test(path)) add(method);
      return [...methods];
    },
  };
};

const matcherOf = (path: string): RegExp => {
  const literals = path.split(PARAMETER).map((part, index) => (index % 2 === 1 ? '[^/]+' : escapeRegExp(part)));
  return new RegExp(`^${literals.join('')}$`);
};

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
