import { copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BaseFiles } from './base.ts';
import type { Docker } from './docker.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const BASE = 'clawdbot-test/debian:1';
const BUILD_BASE = 'clawdbot-test/npm:1';

/** The images under test, by target of the Dockerfile. */
export const IMAGES = {
  service: 'clawdbot/service:test',
  collectors: 'clawdbot/collectors:test',
  actions: 'clawdbot/actions:test',
} as const;
export type Target = keyof typeof IMAGES;

export const VERSION = '9.8.7';
export const REVISION = 'f00dcafe';

/** Gives the engine the base images, from which everything else is built without a network. */
export const importBases = async (docker: Docker, { system, npm }: BaseFiles, folder: string): Promise<void> => {
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  await docker.run('import', '--change', `ENV ${path}`, system, BASE);
  const context = join(folder, 'npm-base');
  mkdirSync(context);
  copyFileSync(npm, join(context, 'npm.tar'));
  const lines = [`FROM ${BASE}`, 'ADD npm.tar /', 'ENV npm_config_cache=/var/cache/npm npm_config_offline=true'];
  writeFileSync(join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
  await docker.run('build', '--network', 'none', '--tag', BUILD_BASE, context);
  renameSync(join(context, 'npm.tar'), join(folder, 'npm.tar'));
};

/** Builds one image of the project's own Dockerfile. */
export const buildImage = (docker: Docker, target: Target, more: readonly string[] = []): Promise<string> =>
  docker.run(
    ...['build', '--network', 'none', '--file', join(ROOT, 'deploy', 'docker', 'Dockerfile'), '--target', target],
    ...['--build-arg', `BASE=${BASE}`, '--build-arg', `BUILD_BASE=${BUILD_BASE}`, '--build-arg', 'VARIANT=cpu'],
    ...['--build-arg', `VERSION=${VERSION}`, '--build-arg', `REVISION=${REVISION}`, '--tag', IMAGES[target]],
    ...more,
    ROOT,
  );
