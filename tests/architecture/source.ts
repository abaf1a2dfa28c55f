import { parseSync, Visitor } from 'rolldown/utils';

/** What the rules need to know of one source file. */
export interface Source {
  /** Relative to the project, with forward slashes. */
  readonly path: string;
  /** Every module named in an import or export, dynamic and type-only ones included. */
  readonly imports: readonly string[];
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
  let hasDefaultExport = false;
  new Visitor({
    ImportDeclaration: ({ source }) => note(source),
    ExportAllDeclaration: ({ source }) => note(source),
    ExportNamedDeclaration: ({ source }) => note(source),
    ExportDefaultDeclaration: () => {
      hasDefaultExport = true;
    },
    // A module named by a value is a plugin from the configuration: not ours, so no rule speaks of it.
    ImportExpression: ({ source }) => note('value' in source ? source : undefined),
    TSImportType: ({ source }) => note(source),
  }).visit(program);
  return {
    path,
    imports: [...imports],
    lines: text.split('\n').length - 1,
    firstComment: comments[0]?.value ?? '',
    hasDefaultExport,
  };
};
