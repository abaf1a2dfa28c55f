import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from '../config/private-files.ts';
import { announceProcess } from '../config/run-file.ts';
import { answerProfiles, askProfile } from './asked-profile.ts';

let dir: string;
let stop: (() => Promise<void>) | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-profile-'));
});
afterEach(async () => {
  await stop?.();
  stop = undefined;
  rmSync(dir, { recursive: true, force: true });
});

const paths = () => ({ run: join(dir, 'run'), profiles: join(dir, 'profiles') });
const announce = () => announceProcess(paths().run, 'actions', { pid: process.pid, url: '', startedAt: '' });
const ask = () => askProfile({ name: 'actions', paths: paths(), seconds: 0.1 });

describe('a profile that is asked for', () => {
  it('is written by the process it is about, more than once', async () => {
    await announce();
    stop = answerProfiles('actions', paths());
    for (let time = 0; time < 2; time += 1) {
      const file = await ask();
      expect(basename(file)).toMatch(/^actions-.*\.cpuprofile$/);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ nodes: expect.any(Array) });
    }
  });

  it('is refused where there is no such process', async () => {
    await expect(ask()).rejects.toThrow('expected a running process actions, got none');
  });

  it('is written early by a process that stops meanwhile', async () => {
    await announce();
    stop = answerProfiles('actions', paths());
    const question = join(paths().run, 'actions.profile-asked.json');
    await replaceFile(question, 0o600, '{"seconds":3600}');
    // It is gone as soon as it is read.
    await expect.poll(() => existsSync(question), { timeout: 20_000 }).toBe(false);
    await stop();
    stop = undefined;
    expect(readdirSync(paths().profiles)).toEqual([expect.stringMatching(/^actions-/)]);
  });
});
