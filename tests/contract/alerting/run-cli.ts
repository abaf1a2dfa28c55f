import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** A command of ours in a process of its own, without the configuration of whoever runs the tests. */
export const runCli = (
  root: string,
  args: readonly string[],
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'cli/main.ts'), ...args], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
      cwd: root,
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
    });
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
