import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadResults, type Result } from '../results.ts';
import { PAGES_WITH_FIGURES, SUITES_WITH_PAGE, withFigures } from './figures.ts';
import { renderPage } from './page.ts';
import { roundTicks, svgFile, text } from './svg.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));

const RESULT: Result = {
  suite: 'peer',
  date: '2030-01-02',
  machine: { cores: 4, cpu: 'a CPU', memoryBytes: 2 ** 33, platform: 'linux x64', node: '24.0.0' },
  versions: { clawdbot: '1.0.0' },
  settings: { threads: 4 },
  models: [{ name: 'tiny', bytes: 2 ** 20, sha256: 'ab'.repeat(32) }],
  comparisons: [
    {
      ...{ model: 'tiny', case: 'c4', measure: 'tokens/s', as: 'ratio', ours: 110, theirs: 100 },
      estimate: { median: 1.1, lower: 1.05, upper: 1.15, count: 7 },
      bar: { relation: 'atLeast', value: 1 },
    },
  ],
  tables: [],
  notes: ['a note'],
};

it('shows each figure with its interval, its bar and where it was measured', () => {
  const { markdown, plots } = renderPage(new Map([['peer', RESULT]]));
  expect(markdown).toContain('| tiny | c4 | tokens/s | 110 | 100 | 1.100 | 1.050 to 1.150 | 7 | ≥ 1 | yes |');
  expect(markdown).toContain('4 cores (a CPU), 8 GiB, linux x64, Node 24.0.0');
  expect(markdown).toContain('sha256 abababababab');
  expect(plots.map(({ file }) => file)).toEqual(['peer-tiny.svg', 'peer-ratios.svg']);
  for (const { file } of plots) expect(markdown).toContain(`(performance/${file})`);
});

it('leaves nothing in a drawing that is not a number, and no mark-up in its texts', () => {
  for (const { svg } of renderPage(new Map([['peer', RESULT]])).plots)
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  expect(svgFile({ width: 1, height: 1, parts: [text({ x: 1 }, 'a < b & "c"')] }, '<x>')).toContain(
    '<text x="1">a &lt; b &amp; &quot;c&quot;</text>',
  );
});

it('puts round numbers on an axis, up to the greatest value', () => {
  expect(roundTicks(0, 97)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(roundTicks(0.5, 1.2, 8)).toEqual([0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2]);
});

it('is what docs/performance.md holds for the kept results', () => {
  const { markdown, plots } = renderPage(loadResults());
  expect(readFileSync(`${DOCS}performance.md`, 'utf8')).toBe(markdown);
  const folder = `${DOCS}performance`;
  expect(existsSync(folder) ? readdirSync(folder).sort() : []).toEqual(plots.map(({ file }) => file).sort());
  for (const { file, svg } of plots) expect(readFileSync(`${folder}/${file}`, 'utf8')).toBe(svg);
});

it.each(SUITES_WITH_PAGE)('is what the page about %s holds for the kept results', (suite) => {
  const page = readFileSync(`${DOCS}${PAGES_WITH_FIGURES[suite].page}`, 'utf8');
  expect(withFigures(page, suite, loadResults())).toBe(page);
});
