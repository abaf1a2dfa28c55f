import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BOARDS_BUILT, type Built } from './boards/index.ts';
import { exclusionsOf } from './lint/exclusions.ts';

export const JSON_DIR = fileURLToPath(new URL('json/', import.meta.url));

/** A board as its file holds it: the same bytes for the same board. */
export const render = ({ dashboard }: Pick<Built, 'dashboard'>): string =>
  `${JSON.stringify(dashboard, undefined, 2)}\n`;

/** What Grafana's dashboard-linter reads beside the boards. */
const EXCLUSIONS = '.lint';

/** Every file of the boards, and what is in it. */
const filesOf = (boards: readonly Built[]): readonly (readonly [name: string, text: string])[] => {
  const json = boards.map((built) => [built.file, render(built)] as const);
  return [...json, [EXCLUSIONS, exclusionsOf(json.map(([, text]): unknown => JSON.parse(text)))]];
};

export const writeBoards = (dir = JSON_DIR, boards = BOARDS_BUILT): readonly string[] =>
  filesOf(boards).map(([name, text]) => {
    const path = join(dir, name);
    writeFileSync(path, text);
    return path;
  });

/** The boards as they stand in their files, for whoever judges what is shipped. */
export const readBoards = (dir = JSON_DIR): readonly unknown[] =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name): unknown => JSON.parse(readFileSync(join(dir, name), 'utf8')));

/** Where the files differ from the boards that the code builds, a sentence each. */
export const differences = (dir = JSON_DIR): readonly string[] => {
  const found = new Set(readdirSync(dir).filter((name) => name.endsWith('.json')));
  const built = filesOf(BOARDS_BUILT).flatMap(([name, text]) => {
    found.delete(name);
    const path = join(dir, name);
    if (!existsSync(path)) return [`${name}: is missing; \`npm run dashboards\` writes it`];
    return readFileSync(path, 'utf8') === text
      ? []
      : [`${name}: is not what the code builds; \`npm run dashboards\` writes it`];
  });
  return [...built, ...[...found].map((name) => `${name}: no code builds it; delete it`)];
};
