import { spawnSync } from 'node:child_process';
import { type PackageFacts, restrictionsFromName } from './lock-completion.ts';
import { findNpm } from './npm.mjs';

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Runs npm under the Node that runs this file, whatever Node npm came with: engine ranges are judged by the former. */
export const runNpm = (args: readonly string[], cwd: string): { ok: boolean; stdout: string; stderr: string } => {
  const npm = findNpm(process.env);
  if (npm === undefined) throw new Error('npm: expected it on PATH, found none; install Node.js with npm');
  const options = { cwd, encoding: 'utf8', maxBuffer: MAX_ANSWER_BYTES } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [npm.script, ...args], options);
  return { ok: status === 0, stdout, stderr };
};

/** What the registry at hand knows about `name@version`, falling back to other versions of it and then to its name. */
export const lookUp = (name: string, version: string, cwd: string): PackageFacts & { readonly source: string } => {
  const exact = view(`${name}@${version}`, cwd);
  if (exact !== undefined) {
    return { version, manifest: exact, integrity: exact.dist?.integrity, source: 'the registry' };
  }
  const other = view(name, cwd);
  if (other === undefined) {
    return { version, manifest: restrictionsFromName(name), integrity: undefined, source: 'its name' };
  }
  // Only where it runs: what another version depends on says nothing about this one.
  const { os, cpu, libc, engines, license } = other;
  const manifest = { os, cpu, libc, engines, license };
  return { version, manifest, integrity: undefined, source: `version ${other.version} of it` };
};

interface Manifest extends Record<string, unknown> {
  readonly dist?: { readonly integrity?: string };
}

const view = (spec: string, cwd: string): Manifest | undefined => {
  const { ok, stdout } = runNpm(['view', spec, '--json', '--loglevel=silent'], cwd);
  if (!ok || stdout.trim() === '') return undefined;
  const answer: Manifest | Manifest[] = JSON.parse(stdout);
  return Array.isArray(answer) ? answer.at(-1) : answer;
};
