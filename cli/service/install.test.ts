import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { installService, removeService } from './install.ts';

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** A home with a systemctl that notes what it is told, and ends as it is asked to. */
const home = (code = 0) => {
  const dir = mkdtempSync(join(tmpdir(), 'clawdbot-service-'));
  dirs.push(dir);
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  const told = join(dir, 'told');
  const script = `#!/bin/sh\necho "$@" >> '${told}'\n[ ${code} = 0 ] || echo 'Failed to connect to bus' >&2\nexit ${code}\n`;
  writeFileSync(join(bin, 'systemctl'), script, { mode: 0o755 });
  const env = {
    PATH: `${bin}:/bin:/usr/bin`,
    HOME: dir,
    XDG_CONFIG_HOME: join(dir, 'config'),
    XDG_CACHE_HOME: join(dir, 'cache'),
  };
  return { dir, env, told: () => readFileSync(told, 'utf8').trim().split('\n') };
};

it('puts the unit of a user in place, starts it, and takes it away again', async () => {
  const { dir, env, told } = home();
  const file = await installService({ data: join(dir, 'data'), memoryMax: '4G', env });
  expect(file).toBe(join(dir, 'config/systemd/user/clawdbot.service'));
  expect(readFileSync(file, 'utf8')).toContain('MemoryMax=4G\n');
  expect(existsSync(join(dir, 'data'))).toBe(true);
  await removeService({ env });
  expect(existsSync(file)).toBe(false);
  expect(existsSync(join(dir, 'data'))).toBe(true);
  expect(told()).toEqual([
    '--user daemon-reload',
    '--user enable --now clawdbot.service',
    '--user disable --now clawdbot.service',
    '--user daemon-reload',
  ]);
});

it('says what systemd says where it refuses', async () => {
  const { dir, env } = home(1);
  const installing = installService({ data: join(dir, 'data'), memoryMax: '80%', env });
  await expect(installing).rejects.toThrow(/systemctl --user daemon-reload: Failed to connect to bus/);
});
