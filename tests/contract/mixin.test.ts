import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { configSchema } from '../../core/config/schema.ts';
import { mixinFiles } from '../../dashboards/mixin/files.ts';
import { debianProgram, missingProgram } from '../debian/programs.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FILES = mixinFiles({ config: configSchema.parse({}), namespace: 'monitoring' });
const promtool = debianProgram('promtool');
const dir = mkdtempSync(join(tmpdir(), 'clawdbot-mixin-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A Kubernetes object refuses more than this in one piece. */
const MOST_BYTES = 1_048_576;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec?: { readonly groups: unknown };
  readonly data?: Readonly<Record<string, string>>;
}

const manifests = Object.entries(FILES)
  .filter(([path]) => path.includes('/'))
  .map(([path, text]) => ({ path, text, manifest: parse(text) as Manifest })); // each test looks at what it needs
const ofKind = (kind: string) => manifests.filter(({ manifest }) => manifest.kind === kind);

describe('the folder for kube-prometheus', () => {
  it('holds every group of rules, as promtool takes them', ({ skip }) => {
    if (promtool === undefined) return skip(missingProgram('promtool'));
    const files = ofKind('PrometheusRule').map(({ manifest: { metadata, spec } }) => {
      const path = join(dir, `${metadata.name}.yml`);
      writeFileSync(path, stringify(spec, { lineWidth: 0 }));
      return path;
    });
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'rules', ...files], { encoding: 'utf8' });
    expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
  });

  it('has the rules that are shipped', () => {
    expect(ofKind('PrometheusRule').length).toBeGreaterThan(5);
    for (const { path, manifest } of ofKind('PrometheusRule')) {
      const shipped = readFileSync(join(ROOT, 'alerting', path.replace(/\.yaml$/, '.yml')), 'utf8');
      expect({ groups: manifest.spec?.groups }).toEqual(parse(shipped));
    }
  });

  it('has the boards that are shipped, byte for byte, where the sidecar of Grafana finds them', () => {
    const boards = ofKind('ConfigMap');
    expect(boards).toHaveLength(8);
    for (const { manifest, text } of boards) {
      expect(manifest.metadata.labels.grafana_dashboard).toBe('1');
      expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
      for (const [file, json] of Object.entries(manifest.data ?? {})) {
        expect(json).toBe(readFileSync(join(ROOT, 'dashboards/json', file), 'utf8'));
      }
    }
  });

  it('lists all of it, each under a name of its own that Kubernetes takes', () => {
    const { resources, namespace } = parse(FILES['kustomization.yaml'] ?? '') as Record<string, unknown>;
    expect(namespace).toBe('monitoring');
    expect(resources).toEqual(manifests.map(({ path }) => path));
    const names = manifests.map(({ manifest }) => `${manifest.kind} ${manifest.metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { manifest } of manifests) expect(manifest.metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
  });
});
