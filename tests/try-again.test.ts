import { execa } from 'execa';
import { expect, it } from 'vitest';
import { tryAgain } from './try-again.ts';

/** Fails as often as it is told. */
const failing = (times: number) => {
  let calls = 0;
  return {
    calls: () => calls,
    async work() {
      calls += 1;
      if (calls <= times) throw new Error(`failure ${calls}`);
      return calls;
    },
  };
};

it('gives what the first try that succeeds gives', async () => {
  const { work, calls } = failing(2);
  await expect(tryAgain(work, { pauseMs: 0 })).resolves.toBe(3);
  expect(calls()).toBe(3);
});

it('ends with the last failure', async () => {
  const { work, calls } = failing(9);
  await expect(tryAgain(work, { pauseMs: 0 })).rejects.toThrow('failure 3');
  expect(calls()).toBe(3);
});

it.each([
  ['is not there', () => execa('clawdbot-no-such-program')],
  ['used up its time', () => execa(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { timeout: 50 })],
])('does not ask a program again that %s', async (_, run) => {
  let calls = 0;
  const work = async () => {
    calls += 1;
    await run();
  };
  await expect(tryAgain(work, { pauseMs: 0 })).rejects.toThrow();
  expect(calls).toBe(1);
});
