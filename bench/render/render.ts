import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadResults } from '../results.ts';
import { PAGES_WITH_FIGURES, SUITES_WITH_PAGE, withFigures } from './figures.ts';
import { renderPage } from './page.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));

/** Writes the page of the kept results and its pictures; gives the exit code. */
export const renderAll = (): number => {
  const results = loadResults();
  const { markdown, plots } = renderPage(results);
  const folder = join(DOCS, 'performance');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { file, svg } of plots) writeFileSync(join(folder, file), svg);
  writeFileSync(join(DOCS, 'performance.md'), markdown);
  for (const suite of SUITES_WITH_PAGE) {
    const page = join(DOCS, PAGES_WITH_FIGURES[suite].page);
    writeFileSync(page, withFigures(readFileSync(page, 'utf8'), suite, results));
  }
  process.stdout.write(`docs/performance.md: ${plots.length} plots\n`);
  return 0;
};
