import { describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.ts';
import { type ProgramEnd, ProgramRunner, type StartProgram, startProgram } from './program.ts';

/** A program that ends when the test says so, and notes that it was killed. */
const played = () => {
  const end = Promise.withResolvers<ProgramEnd>();
  const calls: string[] = [];
  const start: StartProgram = (command, args) => {
    calls.push([command, ...args].join(' '));
    return { ended: end.promise, kill: () => void calls.push('kill') };
  };
  return { start, end, calls };
};

describe('a runner', () => {
  it('gives the output and the exit code', async () => {
    const runner = new ProgramRunner(startProgram, new FakeClock());
    const script = "console.log('out'); console.error('err'); process.exitCode = 3";
    expect(await runner.run(process.execPath, ['-e', script], 1000)).toEqual({
      ...{ kind: 'exited', code: 3, stdout: 'out\n', stderr: 'err\n' },
    });
  });

  it('tells a program that cannot be started from one that fails', async () => {
    const runner = new ProgramRunner(startProgram, new FakeClock());
    expect(await runner.run('/nowhere/at/all', [], 1000)).toMatchObject({ kind: 'failed', reason: 'missing' });
    expect(runner.isBusy).toBe(false);
  });

  it('settles at the deadline, not when the program ends at last', async () => {
    const { start, calls } = played();
    const clock = new FakeClock();
    const runner = new ProgramRunner(start, clock);
    let reason = '';
    void runner.run('smi', ['-q'], 1000).then((run) => {
      reason = run.kind === 'failed' ? run.reason : run.kind;
    });
    await clock.advance(999);
    expect(reason).toBe('');
    await clock.advance(1);
    expect(reason).toBe('deadline');
    expect(calls).toEqual(['smi -q', 'kill']);
  });

  it('starts no second program beside one that the kernel cannot end', async () => {
    const { start, end, calls } = played();
    const clock = new FakeClock();
    const runner = new ProgramRunner(start, clock);
    const first = runner.run('smi', [], 1000);
    await clock.advance(1000);
    expect(await first).toMatchObject({ reason: 'deadline' });
    expect(await runner.run('smi', [], 1000)).toMatchObject({ kind: 'failed', reason: 'stuck' });
    expect(calls).toEqual(['smi', 'kill']);
    end.resolve({ kind: 'signal', signal: 'SIGKILL' });
    await clock.settle();
    expect(runner.isBusy).toBe(false);
  });
});
