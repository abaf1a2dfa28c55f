import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lintWithGrafanas } from './grafana-linter.ts';
import { JSON_DIR } from './json-files.ts';

const BOARD = 'clawdbot-overview.json';
/** As the real one writes them, recorded. */
const SAID = [
  'Checks that each panel uses has valid units defined.',
  "[\u001b[31m\u274c\u001b[0m] Dashboard 'Clawdbot / Overview', panel 'Tokens a second' has no or invalid units defined: 'suffix: token/s'",
  "[\u001b[33m\u26a0\ufe0f\u001b[0m] Dashboard 'Clawdbot / Overview' job template should be a labeled 'Job', is currently 'job'",
  '[\u001b[32m\u2714\ufe0f\u001b[0m] OK',
];

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'grafana-linter-'));
  copyFileSync(join(JSON_DIR, BOARD), join(dir, BOARD));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('says that there is none', () => {
  expect(lintWithGrafanas(dir, { PATH: dir })).toBeUndefined();
});

it('hears what it finds wrong or doubtful', () => {
  writeFileSync(join(dir, 'said'), `${SAID.join('\n')}\n`);
  writeFileSync(join(dir, 'dashboard-linter'), `#!/bin/sh\n/bin/cat '${join(dir, 'said')}'\nexit 1\n`);
  chmodSync(join(dir, 'dashboard-linter'), 0o755);
  expect(lintWithGrafanas(dir, { PATH: dir })).toEqual([
    expect.stringMatching(/^clawdbot-overview\.json: \[.*'Tokens a second' has no or invalid units/),
    expect.stringMatching(/job template should be a labeled 'Job'/),
  ]);
});

it('has nothing to say against the boards, and something against one with a mistake', ({ skip }) => {
  const found = lintWithGrafanas();
  if (found === undefined) return skip('dashboard-linter (github.com/grafana/dashboard-linter) is not on PATH');
  expect(found).toEqual([]);
  const text = readFileSync(join(dir, BOARD), 'utf8');
  writeFileSync(join(dir, BOARD), text.replaceAll('job=~\\"$job\\"', 'job=\\"clawdbot\\"'));
  copyFileSync(join(JSON_DIR, '.lint'), join(dir, '.lint'));
  expect(lintWithGrafanas(dir)?.join('\n')).toContain('job selector');
});
