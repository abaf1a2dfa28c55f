import { delimiter, dirname } from 'node:path';
import { type PackagedProgram, placesOf } from '../../../cli/programs/find-program.ts';
import { fetchPackage } from '../../debian/fetch.ts';

/** What a container engine consists of, and what makes a base image for it, each with the Debian package it comes from. */
const PROGRAMS = {
  docker: { package: 'docker.io', file: 'usr/bin/docker', onPath: [] },
  dockerd: { package: 'docker.io', file: 'usr/sbin/dockerd', onPath: [] },
  containerd: { package: 'containerd', file: 'usr/bin/containerd', onPath: [] },
  runc: { package: 'runc', file: 'usr/sbin/runc', onPath: [] },
  tini: { package: 'tini', file: 'usr/bin/tini-static', onPath: [] },
  debootstrap: { package: 'debootstrap', file: 'usr/sbin/debootstrap', onPath: [] },
} as const satisfies Record<string, PackagedProgram>;

type Name = keyof typeof PROGRAMS;

/** The programs of an engine, unpacked in the cache folder, never installed; or why they cannot be had. */
export type EnginePrograms =
  | { readonly files: Readonly<Record<Name, string>>; readonly path: string }
  | { readonly missing: string };

const NAMES = ['docker', 'dockerd', 'containerd', 'runc', 'tini', 'debootstrap'] as const satisfies readonly Name[];

/** Fetches what is not there yet. */
export const fetchEnginePrograms = async (env: NodeJS.ProcessEnv = process.env): Promise<EnginePrograms> => {
  for (const name of new Set(NAMES.map((program) => PROGRAMS[program].package))) {
    const isThere = NAMES.every((program) => PROGRAMS[program].package !== name || find(program, env) !== undefined);
    const fetched = await fetchPackage(name, env, isThere);
    if (fetched.state === 'missing') return { missing: `Debian's ${name} cannot be had here: ${fetched.why}` };
  }
  const entries = NAMES.map((name) => [name, find(name, env) ?? ''] as const);
  const absent = entries.filter(([, file]) => file === '').map(([name]) => name);
  if (absent.length > 0) return { missing: `Debian's packages hold no ${absent.join(', ')}` };
  const files = Object.fromEntries(entries) as Record<Name, string>; // every name is in the list
  return { files, path: [...new Set(entries.map(([, file]) => dirname(file)))].join(delimiter) };
};

const find = (name: Name, env: NodeJS.ProcessEnv): string | undefined => placesOf(PROGRAMS[name], env).inCache[0];
