import { describe, expect, it } from 'vitest';
import { mergePage } from './page.ts';
import { PROFILES } from './profile.ts';
import { renderResults, renderRow } from './report.ts';
import type { DrillResult } from './result.ts';

const PASSED: DrillResult = {
  ...{ name: 'gpu-hot', outcome: 'passed', problems: [], figures: ['two devices'], told: 'e-mail' },
  ...{ expected: ['AcceleratorTemperatureHigh'], symptoms: [], fired: ['AcceleratorTemperatureHigh'] },
  ...{ detectionMs: 61_234, actionMs: 71_000, barMs: 100_000, recoveryMs: 300_000 },
  panel: 'http://127.0.0.1:3000/d/clawdbot-hardware?viewPanel=1&from=now-1h&var-hw_id=GPU-0',
};
const SKIPPED: DrillResult = {
  ...{ name: 'disk-nearly-full', outcome: 'skipped', problems: ['needs root'], figures: [], told: '' },
  ...{ expected: ['DiskNearlyFull'], symptoms: [], fired: [] },
};

it('shows a person what passed with its times, and why anything else did not', () => {
  const text = renderResults([PASSED, SKIPPED]);
  expect(text).toContain('61.2 s');
  expect(text).toContain('skipped disk-nearly-full: needs root');
  expect(text).toContain('gpu-hot: two devices');
});

it('writes a row for each, with the bar beside the figure and a dash where nothing was measured', () => {
  expect(renderRow(PASSED, '2026-01-31')).toBe(
    '| gpu-hot | passed | AcceleratorTemperatureHigh | 61.2 s | 71.0 s (e-mail; bar 100 s) | 300.0 s | clawdbot-hardware 1 | - | 2026-01-31 |',
  );
  expect(renderRow(SKIPPED, '2026-01-31')).toBe(
    '| disk-nearly-full | skipped: needs root | nothing | - | - | - | - | - | 2026-01-31 |',
  );
});

describe('the page', () => {
  const run = { profile: PROFILES.real, date: '2026-01-31', machine: '2 cores', results: [PASSED, SKIPPED] };

  it('replaces the rows of what was run, in the order of the catalogue, and leaves the others and other profiles', () => {
    const fast = mergePage('', { ...run, profile: PROFILES.fast });
    const both = mergePage(fast, run);
    const later = { ...SKIPPED, outcome: 'passed', problems: [], figures: ['95 % full'] } as const;
    const page = mergePage(both, { ...run, date: '2026-02-01', results: [later] });
    const [, , real = '', untouched = ''] = page.split(/^(?=## )/m);
    expect(real.match(/^\| [a-z].*$/gm)).toEqual([
      expect.stringMatching(/^\| drill /),
      renderRow(PASSED, '2026-01-31'),
      renderRow(later, '2026-02-01'),
    ]);
    expect(real).toContain('- gpu-hot: two devices\n- disk-nearly-full: 95 % full');
    expect(fast).toContain(untouched.trim());
  });

  it('keeps no figures of another machine', () => {
    const page = mergePage(mergePage('', run), { ...run, machine: '64 cores', results: [SKIPPED] });
    expect(page).toContain('64 cores');
    expect(page).not.toContain('| gpu-hot |');
  });
});
