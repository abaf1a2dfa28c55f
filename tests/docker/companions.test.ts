import { afterAll, expect, it } from 'vitest';
import { IMAGES } from './engine/build.ts';
import { givenEngine, HARDENED, startContainer } from './live.ts';

const given = givenEngine();
const MEMORY = 268_435_456;

afterAll(async () => {
  if (!('missing' in given)) await given.docker.try('rm', '--force', 'collectors', 'actions', 'published');
});

it('measures the limits that its own container has', async ({ skip }) => {
  if ('missing' in given) return skip(given.missing);
  const collectors = await startContainer(given.docker, [
    ...HARDENED,
    ...['--name', 'collectors', '--network', 'host', '--memory', String(MEMORY), IMAGES.collectors],
  ]);
  await collectors.untilHealth('healthy', AbortSignal.timeout(300_000));
  const page = await given.docker.inNetwork('curl', ['--silent', 'http://127.0.0.1:9464/metrics']);
  expect(page.stdout).toContain('system_cpu_');
  expect(page.stdout).toContain(String(MEMORY));
  await given.docker.run('stop', '--time', '60', collectors.id);
  expect(await collectors.inspect('{{.State.ExitCode}}')).toBe('0');
});

it('takes webhooks with its token alone', async ({ skip }) => {
  if ('missing' in given) return skip(given.missing);
  const actions = await startContainer(given.docker, [
    ...HARDENED,
    ...['--name', 'actions', '--network', 'host', '--memory', String(MEMORY), IMAGES.actions],
  ]);
  await actions.untilHealth('healthy', AbortSignal.timeout(300_000));
  const status = await given.docker.inNetwork('curl', [
    ...['--silent', '--output', '/dev/null', '--write-out', '%{http_code}', '--data', '{}'],
    'http://127.0.0.1:9900/hooks/autoscale',
  ]);
  expect(['401', '403', '404']).toContain(status.stdout);
  await given.docker.run('stop', '--time', '60', actions.id);
  expect(await actions.inspect('{{.State.ExitCode}}')).toBe('0');
});

it('is stopped by the kernel at its limit, alone, and says so', async ({ skip }) => {
  if ('missing' in given) return skip(given.missing);
  const script = 'const all = []; for (;;) all.push(Buffer.alloc(8_000_000, 1));';
  const glutton = await startContainer(given.docker, [
    ...[
      '--name',
      'published',
      '--network',
      'none',
      '--memory',
      '96m',
      '--memory-swap',
      '96m',
      IMAGES.actions,
      '-e',
      script,
    ],
  ]);
  await given.docker.run('wait', glutton.id);
  expect(await glutton.inspect('{{.State.OOMKilled}}')).toBe('true');
});
