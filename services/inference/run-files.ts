import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder, PRIVATE_MODE, replaceFile } from '../../core/config/private-files.ts';
import type { Scope } from './call.ts';

interface Deps {
  /** `dataPaths(data).run`. */
  readonly dir: string;
  readonly mint: (scope: Scope, ttlSeconds: number) => Promise<string>;
  readonly onError: (error: unknown) => void;
}

export interface RunFiles {
  /** Files for `curl -H @file`, with a token inside that is renewed at half its life. */
  readonly headerFiles: { readonly inference: string; readonly metrics: string };
  /** Tells other programs of this machine where the service is. */
  announce(facts: Readonly<Record<string, unknown>>): Promise<void>;
  /** Removes all of them. */
  stop(): Promise<void>;
}

const TTL_SECONDS = 12 * 3600;
const RENEW_MS = (TTL_SECONDS * 1000) / 2;

/** Keeps what the command line and the printed `curl` lines read while the service runs. */
export const openRunFiles = async ({ dir, mint, onError }: Deps): Promise<RunFiles> => {
  await makePrivateFolder(dir);
  const announcement = join(dir, 'gateway.json');
  const headerFiles = { inference: join(dir, 'inference.header'), metrics: join(dir, 'metrics.header') };
  const renew = async (): Promise<void> => {
    for (const scope of ['inference', 'metrics'] as const) {
      await replaceFile(headerFiles[scope], PRIVATE_MODE, `authorization: Bearer ${await mint(scope, TTL_SECONDS)}\n`);
    }
  };
  await renew();
  const timer = setInterval(() => void renew().catch(onError), RENEW_MS).unref();
  return {
    headerFiles,
    announce: (facts) => replaceFile(announcement, PRIVATE_MODE, `${JSON.stringify(facts, null, 2)}\n`),
    async stop() {
      clearInterval(timer);
      await Promise.all([announcement, ...Object.values(headerFiles)].map((path) => rm(path, { force: true })));
    },
  };
};
