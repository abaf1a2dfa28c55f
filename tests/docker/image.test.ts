import { describe, expect, it } from 'vitest';
import { buildImage, IMAGES, REVISION, type Target, VERSION } from './engine/build.ts';
import type { Docker } from './engine/docker.ts';
import { givenEngine } from './live.ts';

const given = givenEngine();
const TARGETS = ['service', 'collectors', 'actions'] as const satisfies readonly Target[];
/** Bytes of the CPU image without a model. */
const LARGEST = 450e6;

const inspect = async (docker: Docker, target: Target) => {
  const [image] = JSON.parse(await docker.run('image', 'inspect', IMAGES[target]));
  return image;
};

/** Every path in an image, as its first start sees it. */
const filesOf = async (docker: Docker, target: Target): Promise<string[]> => {
  const script = `
    import { readdirSync } from 'node:fs';
    const list = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
      const path = dir + (dir === '/' ? '' : '/') + entry.name;
      if (['/proc', '/sys', '/dev', '/data'].includes(path)) return [];
      return entry.isDirectory() ? list(path) : [path];
    });
    console.log(JSON.stringify(list('/')));`;
  return JSON.parse(
    await docker.run('run', '--rm', '--network', 'none', IMAGES[target], '--input-type=module', '-e', script),
  );
};

describe.each(TARGETS)('the image of %s', (target) => {
  it('is run by a user without rights, looked after, and says what it is', async ({ skip }) => {
    if ('missing' in given) return skip(given.missing);
    const { Config: config } = await inspect(given.docker, target);
    expect(config.User).toBe('65532:65532');
    expect(config.Healthcheck.Test[0]).toBe('CMD');
    expect(config.Entrypoint[0]).toBe('/usr/bin/tini-static');
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': `clawdbot/${target}`,
      'org.opencontainers.image.version': VERSION,
      'org.opencontainers.image.revision': REVISION,
    });
  });

  it('holds no shell, no package manager, and nothing that is secret or only for tests', async ({ skip }) => {
    if ('missing' in given) return skip(given.missing);
    const files = await filesOf(given.docker, target);
    expect(files.length).toBeGreaterThan(100);
    expect(
      files.filter((file) => /\/(ba|da|z|k|a)?sh$|\/(busybox|apt|apt-get|dpkg|npm|npx|perl|python3?)$/.test(file)),
    ).toEqual([]);
    const own = files.filter((file) => file.startsWith('/app/') && !file.startsWith('/app/node_modules/'));
    expect(own.filter((file) => /\.(pem|key|p12|db|env)$|\.test\.ts$|\/fixtures\/|\/\.git/.test(file))).toEqual([]);
    // The smoke model is 8 KiB of the engine's own; no other model is in an image.
    expect(files.filter((file) => file.endsWith('.gguf') && !file.endsWith('/ffi/smoke.gguf'))).toEqual([]);
  });

  it('tells what it is made of', async ({ skip }) => {
    if ('missing' in given) return skip(given.missing);
    const script = "process.stdout.write(require('node:fs').readFileSync('/usr/share/clawdbot/sbom.cdx.json'))";
    const text = await given.docker.run('run', '--rm', '--network', 'none', IMAGES[target], '-e', script);
    const names = JSON.parse(text).components.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['node', 'libc6', 'pino', 'zod']));
    expect(names.filter((name: string) => name.startsWith('@node-llama-cpp/'))).toEqual(
      target === 'service' ? ['@node-llama-cpp/linux-x64'] : [],
    );
  });
});

it('keeps the CPU image small', async ({ skip }) => {
  if ('missing' in given) return skip(given.missing);
  const sizes = await Promise.all(
    TARGETS.map(async (target) => [target, (await inspect(given.docker, target)).Size] as const),
  );
  for (const [target, bytes] of sizes)
    console.log(`image of ${target}: ${(bytes / 1e6).toFixed(0)} MB (at most ${LARGEST / 1e6} MB)`);
  for (const [target, bytes] of sizes) expect(bytes, target).toBeLessThanOrEqual(LARGEST);
});

it('makes equal layers of equal sources, whatever the clock says', async ({ skip }) => {
  if ('missing' in given) return skip(given.missing);
  const before = (await inspect(given.docker, 'actions')).RootFS.Layers;
  await buildImage(given.docker, 'actions', ['--no-cache']);
  expect((await inspect(given.docker, 'actions')).RootFS.Layers).toEqual(before);
});

it('refuses a variant that there is none of', async ({ skip }) => {
  if ('missing' in given) return skip(given.missing);
  await expect(buildImage(given.docker, 'service', ['--build-arg', 'VARIANT=rocm'])).rejects.toThrow(
    'VARIANT: expected one of cpu,cuda,vulkan, got rocm',
  );
});
