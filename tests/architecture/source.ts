import { parseSync, Visitor } from 'rolldown/utils';

/** What the rules need to know of one source file. */
export interface Source {
  /** Relative to the project, with forward slashes. */
  readonly path: string;
  /** Every module named in an import or export, dynamic and type-only ones included. */
  readonly imports: readonly string[];
  /** What is imported by value, as `module name`; `*` for a whole module. */
  readonly names: readonly string[];
  /** Globals that are called or constructed. */
  readonly globals: readonly string[];
  readonly lines: number;
  readonly firstComment: string;
  readonly hasDefaultExport: boolean;
}

/** Reads one TypeScript or JavaScript file; throws when it cannot be parsed. */
export const readSource = (path: string, text: string): Source => {
  const { program, comments, errors } = parseSync(path, text);
  const [problem] = errors;
  if (problem !== undefined) throw new SyntaxError(`${path}: ${problem.message}`);
  const imports = new Set<string>();
  const note = (source: { readonly value?: unknown } | null | undefined): void => {
    if (typeof source?.value === 'string') imports.add(source.value);
  };
  const names = new Set<string>();
  const globals = new Set<string>();
  let hasDefaultExport = false;
  new Visitor({
    ImportDeclaration({ source, specifiers, importKind }) {
      note(source);
      if (importKind === 'type') return;
      for (const specifier of specifiers) {
        if (specifier.type !== 'ImportSpecifier') names.add(`${source.value} *`);
        else if (specifier.importKind !== 'type') names.add(`${source.value} ${nameOf(specifier.imported)}`);
      }
    },
    CallExpression: ({ callee }) => void (callee.type === 'Identifier' && globals.add(callee.name)),
    NewExpression: ({ callee }) => void (callee.type === 'Identifier' && globals.add(callee.name)),
    MemberExpression(member) {
      const { object, property } = member;
      if (object.type === 'Identifier' && object.name === 'globalThis' && property.type === 'Identifier')
        globals.add(property.name);
    },
    ExportAllDeclaration: ({ source }) => note(source),
    ExportNamedDeclaration: ({ source }) => note(source),
    ExportDefaultDeclaration: () => {
      hasDefaultExport = true;
    },
    // A module named by a value is a plugin from the configuration: not ours, so no rule speaks of it.
    ImportExpression({ source }) {
      note('value' in source ? source : undefined);
      if ('value' in source) names.add(`${source.value} *`);
    },
    TSImportType: ({ source }) => note(source),
  }).visit(program);
  return {
    path,
    imports: [...imports],
    names: [...names],
    globals: [...globals],
    lines: text.split('\n').length - 1,
    firstComment: comments[0]?.value ?? '',
    hasDefaultExport,
  };
};

const nameOf = (imported: { readonly type: string; readonly name?: string; readonly value?: string }): string =>
  imported.name ?? imported.value ?? '*';
