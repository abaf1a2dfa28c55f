import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isAlive } from '../../../cli/local/is-alive.ts';
import { until } from '../../stream.ts';

const STARTER = fileURLToPath(new URL('server-starter.ts', import.meta.url));

let root = '';
beforeEach(({ skip }) => {
  if (!existsSync('/usr/bin/setpriv')) skip('setpriv of util-linux is not on this machine');
  root = mkdtempSync(join(tmpdir(), 'clawdbot-server-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('a server ends with the process that started it, even when that is killed', async () => {
  const starter = fork(STARTER, [root], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  // Our own program at the other end.
  const [pid] = (await once(starter, 'message')) as [number];
  expect(isAlive(pid)).toBe(true);
  starter.kill('SIGKILL');
  await until(
    () => isAlive(pid),
    (isThere) => !isThere,
  );
});
