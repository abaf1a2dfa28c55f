import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderUnit } from './unit.ts';

const OPTIONS = {
  ...{ node: process.execPath, main: '/opt/clawdbot/cli/main.ts', memoryMax: '80%' },
  ...{ data: '/var/lib/clawdbot', modelsDir: '/var/cache/clawdbot/models' },
};
// Tests that ask systemd itself are skipped where the machine has none of it.
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
/** What `systemd-analyze security` calls exposure, 0 to 10, times ten: the service keeps the network, its data and devices. */
const MOST_EXPOSURE = 30;

const withUnit = <Value>(text: string, use: (file: string) => Value): Value => {
  const dir = mkdtempSync(join(tmpdir(), 'clawdbot-unit-'));
  try {
    const file = join(dir, 'clawdbot.service');
    writeFileSync(file, text);
    return use(file);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

describe('the unit', () => {
  it('starts this installation with its own Node, and may write its data and models alone', () => {
    const unit = renderUnit({ ...OPTIONS, config: '/etc/clawdbot.yaml', user: 'clawdbot' });
    expect(unit).toContain(
      `ExecStart=${process.execPath} /opt/clawdbot/cli/main.ts up --data /var/lib/clawdbot --config /etc/clawdbot.yaml\n`,
    );
    expect(unit).toContain('ReadWritePaths=/var/lib/clawdbot /var/cache/clawdbot/models\n');
    expect(unit).toContain('User=clawdbot\n');
    expect(unit).toContain('WantedBy=multi-user.target\n');
  });

  it('belongs to the user who installs it where none is named', () => {
    const unit = renderUnit(OPTIONS);
    expect(unit).not.toMatch(/^User=/m);
    expect(unit).toContain('WantedBy=default.target\n');
  });

  it('quotes what systemd would take apart', () => {
    const unit = renderUnit({ ...OPTIONS, data: '/srv/my data/100%' });
    expect(unit).toContain('--data "/srv/my data/100%%"');
  });

  it.skipIf(!hasAnalyze)('is accepted by systemd-analyze verify', () => {
    const said = withUnit(renderUnit({ ...OPTIONS, main: '/', user: 'root' }), (file) =>
      spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' }),
    );
    // Other units of the machine are read with it, and are not ours to judge.
    expect(said.stderr.split('\n').filter((line) => line.includes('clawdbot'))).toEqual([]);
  });

  it.skipIf(!hasAnalyze)('leaves little exposed, by the count of systemd-analyze security', () => {
    withUnit(renderUnit({ ...OPTIONS, user: 'clawdbot' }), (file) => {
      const args = ['security', '--offline=true', '--no-pager', `--threshold=${MOST_EXPOSURE}`, file];
      expect(() => execFileSync('systemd-analyze', args, { stdio: 'pipe' })).not.toThrow();
    });
  });
});
