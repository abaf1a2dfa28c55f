import { describe, expect, it } from 'vitest';
import { fileTree } from '../../../tests/kernel-tree.ts';
import { FakeClock } from '../../fake-clock.ts';
import { Poll } from '../../poll.ts';
import type { ProgramEnd, StartProgram } from '../../program.ts';
import { quietLog } from '../../quiet-log.ts';
import type { AcceleratorReading } from '../../reader.ts';
import { ascendCollector } from './plugin.ts';

const TABLE = `
| npu-smi 24.1.0                   Version: 24.1.0                                               |
| NPU   Name                | Health        | Power(W)    Temp(C)           Hugepages-Usage(page)|
| Chip                      | Bus-Id        | AICore(%)   Memory-Usage(MB)  HBM-Usage(MB)        |
| 0     910B                | OK            | 70.0        34                0    / 0             |
| 0                         | 0000:C1:00.0  | 12          1197 / 13553      1365 / 32768         |
`;

/** A poll of a played npu-smi; `end` undefined: it never ends, killed or not. */
const open = async (text: string, end: ProgramEnd | undefined) => {
  const clock = new FakeClock();
  let starts = 0;
  const start: StartProgram = (_command, _args, { stdout }) => {
    starts += 1;
    stdout(text);
    return { ended: end === undefined ? new Promise(() => undefined) : Promise.resolve(end), kill: () => undefined };
  };
  const reader = await ascendCollector.start({
    config: ascendCollector.config({ command: '/opt/npu-smi', deadlineMs: 3000 }),
    ...{ intervalMs: 1000, clock, start, files: fileTree({}), owners: { ownerOf: () => undefined }, log: quietLog },
  });
  const poll = new Poll<readonly AcceleratorReading[]>({ reader, clock });
  poll.start();
  await clock.settle();
  return { clock, poll, starts: () => starts };
};

const exited = (code: number): ProgramEnd => ({ kind: 'exited', code });

describe('the reader of Ascend chips', () => {
  it('reads every 10 s, whatever the interval, and sums up energy', async () => {
    const { clock, poll, starts } = await open(TABLE, exited(0));
    await clock.advance(20_000);
    expect(starts()).toBe(3);
    expect(poll.fresh?.[0]?.samples.find(({ key }) => key === 'energy')?.value).toBe(70 * 20);
  });

  it.each([
    ['an exit code', 'dcmi module initialize failed. ret is -8005\n', exited(1), 'exit_other'],
    ['another form', 'nothing of the kind\n', exited(0), 'malformed'],
    ['a signal', TABLE, { kind: 'signal', signal: 'SIGSEGV' } as const, 'signal'],
    ['a program that is no program', '', { kind: 'missing', detail: 'EACCES' } as const, 'missing'],
  ])('fails with %s', async (_case, text, end, reason) => {
    expect((await open(text, end)).poll.state).toMatchObject({ kind: 'failing', reason });
  });

  it('is given up at its deadline, and starts no second program beside one that hangs', async () => {
    const { clock, poll, starts } = await open('', undefined);
    await clock.advance(2999);
    expect(poll.state.kind).toBe('waiting');
    await clock.advance(1);
    expect(poll.state).toMatchObject({ kind: 'failing', reason: 'deadline' });
    await clock.advance(60_000);
    expect(starts()).toBe(1);
    expect(poll.state).toMatchObject({ kind: 'failing', reason: 'stuck' });
  });

  it('has no chip to tell of with an empty table', async () => {
    const [head = ''] = TABLE.split('| 0     910B');
    expect((await open(head, exited(0))).poll.state).toEqual({ kind: 'absent', why: 'npu-smi lists no chip' });
  });

  it('is absent where the program is not installed', async () => {
    const reader = await ascendCollector.start({
      config: ascendCollector.config({ command: 'no-such-npu-smi' }),
      ...{ intervalMs: 1000, clock: new FakeClock(), files: fileTree({}), log: quietLog },
      start: () => {
        throw new Error('it must not be started');
      },
      owners: { ownerOf: () => undefined },
    });
    expect(await reader.read(new AbortController().signal)).toEqual({
      kind: 'absent',
      why: 'no program no-such-npu-smi',
    });
  });
});
