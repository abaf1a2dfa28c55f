/** What `npm test` runs: the vitest projects of a suite, and whether lint and types are part of it. */
export interface Suite {
  readonly name: string;
  readonly projects: readonly string[];
  readonly hasChecks: boolean;
}

const DEFAULT: Suite = { name: 'default', projects: ['unit', 'contract', 'system'], hasChecks: true };

/** Heavier suites, each with a script `test:<name>`; `.ci/run` runs them after the default one. */
const HEAVIER: readonly Suite[] = [
  { name: 'otlp', projects: ['otlp'], hasChecks: false },
  { name: 'docker', projects: ['docker'], hasChecks: false },
  { name: 'elk', projects: ['elk'], hasChecks: false },
];

const CHECKS = [
  { name: 'lint', args: ['node_modules/@biomejs/biome/bin/biome', 'check', '.'] },
  { name: 'types', args: ['node_modules/typescript/bin/tsc'] },
] as const;

/** The checks of a suite, as arguments to this project's Node. */
export const checksOf = ({ hasChecks }: Suite): typeof CHECKS | readonly [] => (hasChecks ? CHECKS : []);

/** Reads `[--suite NAME] [what vitest takes…]`. */
export const chooseSuite = (args: readonly string[]): { suite: Suite; rest: readonly string[] } => {
  if (args[0] !== '--suite') return { suite: DEFAULT, rest: args };
  const suite = HEAVIER.find(({ name }) => name === args[1]);
  if (suite !== undefined) return { suite, rest: args.slice(2) };
  const known = HEAVIER.map(({ name }) => name).join(', ');
  throw new TypeError(`--suite: expected one of [${known}], got ${args[1] ?? 'nothing'}`);
};

/** The arguments that make vitest run a suite; projects that the caller named himself replace those of the suite. */
export const vitestArguments = (suite: Suite, rest: readonly string[]): string[] => {
  const isChosen = rest.some((word) => word === '--project' || word.startsWith('--project='));
  const projects = isChosen ? [] : suite.projects.flatMap((project) => ['--project', project]);
  return ['node_modules/vitest/vitest.mjs', 'run', ...projects, ...rest];
};
