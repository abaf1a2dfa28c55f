import { expect, it } from 'vitest';
import { createProgramLog, readLine } from './program-log.ts';

it('reads a line of Prometheus 2', () => {
  const line =
    '{"caller":"main.go:516","component":"tsdb","level":"warn","msg":"it is slow","ts":"2026-11-29T09:00:00.000Z"}';
  expect(readLine(line)).toEqual({
    level: 'warn',
    message: 'it is slow',
    error: undefined,
    labels: { caller: 'main.go:516', component: 'tsdb' },
  });
});

it('reads a line of Prometheus 3', () => {
  const line = '{"time":"2026-11-29T09:00:00Z","level":"ERROR","source":"main.go:1","msg":"no","err":"a reason","n":3}';
  expect(readLine(line)).toEqual({
    level: 'error',
    message: 'no',
    error: 'a reason',
    labels: { source: 'main.go:1', n: '3' },
  });
});

it.each(['panic: out of memory', '', '3', '{'])('takes %j, which is no such line, as it is', (line) => {
  expect(readLine(line)).toMatchObject({ level: 'error', message: line, error: undefined, labels: {} });
});

it('remembers of a crash what it was, not where', () => {
  const nothing = (): void => undefined;
  const log = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
  const lines = createProgramLog(log, 'prometheus.logged', nothing);
  const crash = ['panic: no room left', '', 'goroutine 1 [running]:', 'main.main()', '\tmain.go:613 +0x6a93'];
  for (const line of ['{"level":"error","msg":"long ago"}', ...crash]) lines.write(line);
  expect(lines.takeError()).toBe('panic: no room left');
  for (const line of ['not json', 'either']) lines.write(line);
  expect(lines.takeError()).toBe('not json');
});
