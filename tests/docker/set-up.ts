import type { TestProject } from 'vitest/node';
import { commandFailure } from '../command-failure.ts';
import { makeBaseFiles } from './engine/base.ts';
import { buildImage, IMAGES, importBases, type Target } from './engine/build.ts';
import { type Daemon, type EngineAddress, startDaemon } from './engine/daemon.ts';
import { dockerOf } from './engine/docker.ts';
import { fetchEnginePrograms } from './engine/programs.ts';

declare module 'vitest' {
  interface ProvidedContext {
    engine: EngineAddress | { readonly missing: string };
  }
}

/** Before the first test of the suite: an engine with the images in it, or one line that says why there is none. */
export const setup = async (project: TestProject): Promise<(() => Promise<void>) | undefined> => {
  const daemon = await openEngine();
  project.provide('engine', 'missing' in daemon ? { missing: daemon.missing } : daemon.address);
  if ('missing' in daemon) {
    console.log(`no container engine, and what needs one skips: ${daemon.missing}`);
    return undefined;
  }
  return () => daemon.stop();
};

const openEngine = async (): Promise<Daemon | { readonly missing: string }> => {
  const programs = await fetchEnginePrograms();
  if ('missing' in programs) return programs;
  const base = await makeBaseFiles(programs.files.debootstrap).catch((error: unknown) => ({
    missing: `no base image can be made here: ${commandFailure(error)}`,
  }));
  if ('missing' in base) return base;
  const daemon = await startDaemon(programs);
  if ('missing' in daemon) return daemon;
  try {
    const docker = dockerOf(daemon.address);
    await importBases(docker, base, daemon.address.folder);
    // One after the other: they share stages, and two builds at once would make those twice.
    for (const target of ['service', 'collectors', 'actions'] as const satisfies readonly Target[]) {
      await buildImage(docker, target);
      console.log(`built ${IMAGES[target]}`);
    }
    return daemon;
  } catch (error) {
    await daemon.stop();
    throw error;
  }
};
