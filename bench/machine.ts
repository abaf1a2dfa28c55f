import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** What a figure depends on besides the code. */
export const machineFacts = () => ({
  cores: availableParallelism(),
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  memoryBytes: totalmem(),
  platform: `${process.platform} ${process.arch}`,
  node: process.versions.node,
});

/** The root of the node-llama-cpp package, which carries the source of llama.cpp. */
const llamaPackage = (): URL => new URL('../', import.meta.resolve('node-llama-cpp'));

/** Where that source and its release are. */
export const llamaSource = (): { readonly bundle: string; readonly release: string } => ({
  bundle: fileURLToPath(new URL('llama/gitRelease.bundle', llamaPackage())),
  release: fieldOf(new URL('llama/binariesGithubRelease.json', llamaPackage()), 'release'),
});

/** The versions of what ran. */
export const versionFacts = (): Readonly<Record<string, string>> => ({
  clawdbot: fieldOf(new URL('../package.json', import.meta.url), 'version'),
  'node-llama-cpp': fieldOf(new URL('package.json', llamaPackage()), 'version'),
  'llama.cpp': llamaSource().release,
});

const fieldOf = (file: URL, name: string): string => {
  const fields = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>; // a JSON object of a package
  return String(fields[name]);
};
