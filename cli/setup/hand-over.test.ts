import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { LAUNCHER_VARIABLE } from './hand-over.mjs';

const HAND_OVER = new URL('./hand-over.mjs', import.meta.url).href;
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** Runs `program` through a hand-over, by each of the two ways there are. */
const launch = (program: string, way: 'replace' | 'spawn', env: NodeJS.ProcessEnv = {}) => {
  const driver = `
    ${way === 'spawn' ? 'process.execve = undefined;' : ''}
    const { handOver } = await import(${JSON.stringify(HAND_OVER)});
    await handOver(process.execPath, ['--eval', ${JSON.stringify(program)}, 'first', 'second'], process.env);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', driver], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, npm_lifecycle_event: undefined, ...env },
  });
  started.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => JSON.parse((await lines.next()).value ?? 'null');
  return { child, next, exited: once(child, 'exit') };
};

const REPORT = `console.log(JSON.stringify({ pid: process.pid, parent: process.ppid,
  args: process.argv.slice(1), launcher: process.env.${LAUNCHER_VARIABLE} ?? null }));`;

describe.each(['replace', 'spawn'] as const)('handing over by %s', (way) => {
  it('passes arguments and the exit code on', async () => {
    const { next, exited } = launch(`${REPORT} process.exitCode = 7;`, way);
    expect(await next()).toMatchObject({ args: ['first', 'second'] });
    expect(await exited).toEqual([7, null]);
  });

  it('passes a signal on once, and ends by the one that the program ended by', async () => {
    const program = `setInterval(() => {}, 1000);
      process.on('SIGTERM', () => { console.log('"told"'); process.kill(process.pid, 'SIGKILL'); }); ${REPORT}`;
    const { child, next, exited } = launch(program, way);
    await next();
    child.kill('SIGTERM');
    expect(await next()).toBe('told');
    expect(await exited).toEqual([null, 'SIGKILL']);
  });

  it('lets the program answer a signal in its own way', async () => {
    const program = `const alive = setInterval(() => {}, 1000);
      process.on('SIGINT', () => { process.exitCode = 3; clearInterval(alive); }); ${REPORT}`;
    const { child, next, exited } = launch(program, way);
    await next();
    child.kill('SIGINT');
    expect(await exited).toEqual([3, null]);
  });
});

it('leaves no process in between where Node can replace itself', async () => {
  const { child, next } = launch(REPORT, 'replace');
  expect(await next()).toMatchObject({ pid: child.pid, launcher: null });
});

it('names npm as the launcher when npm started it', async () => {
  const { next } = launch(REPORT, 'replace', { npm_lifecycle_event: 'start' });
  expect(await next()).toMatchObject({ launcher: String(process.pid) });
});

it('names itself as the launcher when it has to stay', async () => {
  const { child, next } = launch(REPORT, 'spawn');
  expect(await next()).toMatchObject({ parent: child.pid, launcher: String(child.pid) });
});

it('tells the program to stop when the npm that started both is gone', async () => {
  const program = `setInterval(() => {}, 1000); process.on('SIGTERM', () => { console.log('"told"'); process.exit(); }); ${REPORT}`;
  const driver = `
    process.execve = undefined;
    const { handOver } = await import(${JSON.stringify(HAND_OVER)});
    await handOver(process.execPath, ['--eval', ${JSON.stringify(program)}], process.env);`;
  // The shell that npm puts in between dies of a signal and tells nobody.
  const shell = spawn('sh', ['-c', '"$0" --input-type=module --eval "$1"; exit', process.execPath, driver], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, npm_lifecycle_event: 'start' },
  });
  started.push(shell);
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  await lines.next();
  shell.kill('SIGTERM');
  expect((await lines.next()).value).toBe('"told"');
});
