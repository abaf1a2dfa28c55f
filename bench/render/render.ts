import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadResults } from '../results.ts';
import { renderPage } from './page.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));

/** Writes the page of the kept results and its pictures; gives the exit code. */
export const renderAll = (): number => {
  const { markdown, plots } = renderPage(loadResults());
  const folder = join(DOCS, 'performance');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { file, svg } of plots) writeFileSync(join(folder, file), svg);
  writeFileSync(join(DOCS, 'performance.md'), markdown);
  process.stdout.write(`docs/performance.md: ${plots.length} plots\n`);
  return 0;
};
