import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import {
  BUILT_AHEAD,
  EMPTY_NAMES,
  EVERYBODY_MAY,
  GLOBALS_OUT,
  MAX_LINES,
  MAY_GO_OUT,
  PACKAGE_RULES,
  SAYS_WHY_LONG,
  TABLES,
  TEST_CLIENTS,
  TESTS_MAY,
  WAYS_OUT,
  WITHOUT_PACKAGES,
  WITHOUT_README,
  ZONES,
} from './rules.ts';
import type { Source } from './source.ts';

/** The packages that package.json declares. */
export interface Declared {
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

/** Everything that is wrong with one file, a sentence each. */
export const judgeSource = (source: Source, declared: Declared): string[] => [
  ...source.imports.flatMap((name) =>
    name.startsWith('.') ? judgeOwn(source, name) : judgePackage(source, name, declared),
  ),
  ...judgeWaysOut(source),
  ...judgeLength(source),
  ...judgeDefaultExport(source),
];

/** Beside the code, tests and the suites that several implementations share. */
const isTest = (path: string): boolean => /(\.test|\.bench|-contract)\.ts$/.test(path);

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

const zoneOf = (path: string) =>
  ZONES.filter(({ zone }) => isWithin(path, zone)).sort((one, other) => other.zone.length - one.zone.length)[0];

const judgeOwn = ({ path }: Source, name: string): string[] => {
  const target = posix.normalize(posix.join(posix.dirname(path), name));
  const rule = zoneOf(path);
  if (rule === undefined) return [`${path}: no rule in tests/architecture/rules.ts says what it may import`];
  const allowed = [rule.zone, ...rule.may, ...EVERYBODY_MAY, ...(isTest(path) ? TESTS_MAY : [])];
  if (allowed.some((folder) => isWithin(target, folder))) return [];
  return [`${path}: imports ${target}, but ${rule.zone} may import only ${allowed.join(', ')}`];
};

const judgePackage = ({ path }: Source, specifier: string, declared: Declared): string[] => {
  if (isBuiltin(specifier)) return [];
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (WITHOUT_PACKAGES.some(({ start, end }) => path.startsWith(start) && path.endsWith(end) && !isTest(path))) {
    return [`${path}: imports the package ${name}, but runs before any package is installed`];
  }
  const rule = PACKAGE_RULES.find((candidate) => candidate.name === name);
  if (rule !== undefined && !isDevelopment(path) && !rule.only.some((folder) => isWithin(path, folder))) {
    return [`${path}: imports ${name}, which only ${rule.only.join(', ')} may: ${rule.why}`];
  }
  if (declared.dependencies.includes(name)) return [];
  if (!declared.devDependencies.includes(name))
    return [`${path}: imports ${name}, which package.json does not declare`];
  const mayDevelop = isDevelopment(path) || BUILT_AHEAD.some((folder) => isWithin(path, folder));
  return mayDevelop ? [] : [`${path}: imports ${name}, which is a development dependency`];
};

const judgeWaysOut = ({ path, names, globals }: Source): string[] => {
  if (isTest(path) || TEST_CLIENTS.includes(path) || MAY_GO_OUT.some((folder) => isWithin(path, folder))) return [];
  const found = [
    ...names.filter((each) => {
      const [module, name = '*'] = each.split(' ');
      const way = WAYS_OUT.find((one) => one.module === module || one.module === `node:${module}`);
      return way !== undefined && (way.names?.includes(name) ?? true);
    }),
    ...globals.filter((name) => GLOBALS_OUT.includes(name)),
  ];
  return found.map((way) => `${path}: uses ${way}; what leaves this machine goes through core/egress`);
};

/** Boards are built while developing; what an operator gets of them is JSON. */
const isDevelopment = (path: string): boolean =>
  isTest(path) || ['tests', 'bench', 'dashboards', 'vitest.config.ts'].some((folder) => isWithin(path, folder));

const judgeLength = ({ path, lines, firstComment }: Source): string[] =>
  lines <= MAX_LINES ||
  isTest(path) ||
  isWithin(path, 'tests') ||
  TABLES.includes(path) ||
  SAYS_WHY_LONG.test(firstComment)
    ? []
    : [
        `${path}: ${lines} lines; past ${MAX_LINES}, split it by concern or let its first comment say why it is one file`,
      ];

const judgeDefaultExport = ({ path, hasDefaultExport }: Source): string[] =>
  hasDefaultExport && path !== 'vitest.config.ts' ? [`${path}: has a default export; name it`] : [];

/** Everything that is wrong with the names of these files and of the folders they lie in. */
export const judgeNames = (paths: readonly string[]): string[] => {
  const parts = new Set(
    paths.flatMap((path) => path.split('/').map((_part, index, all) => all.slice(0, index + 1).join('/'))),
  );
  return [...parts].flatMap((path) => {
    const [word = ''] = posix.basename(path).split('.');
    return EMPTY_NAMES.includes(word) ? [`${path}: "${word}" says nothing; name it after what it does`] : [];
  });
};

/** The top-level folders among these files that lack a README. */
export const judgeReadmes = (paths: readonly string[]): string[] => {
  const folders = new Set(paths.filter((path) => path.includes('/')).map((path) => path.slice(0, path.indexOf('/'))));
  return [...folders]
    .filter((folder) => !folder.startsWith('.') && !WITHOUT_README.includes(folder))
    .filter((folder) => !paths.includes(`${folder}/README.md`))
    .map((folder) => `${folder}: has no README.md (one sentence, its place on an arrow, how to add one more)`);
};
