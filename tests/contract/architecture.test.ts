import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { judgeNames, judgeReadmes, judgeSource } from '../architecture/judge.ts';
import { ZONES } from '../architecture/rules.ts';
import { readSource } from '../architecture/source.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DECLARED = {
  dependencies: Object.keys(packageJson.dependencies),
  devDependencies: Object.keys(packageJson.devDependencies),
};

/** Every file of the project that is not fetched, built or fed to a test. */
const files = globSync('**/*.*', {
  cwd: ROOT,
  exclude: (name) => ['node_modules', '.git', '.cache', 'reports'].includes(name),
}).map((path) => path.split(sep).join('/'));
const sources = files.filter((path) => /\.(ts|mjs|js)$/.test(path) && !path.startsWith('tests/fixtures/'));

const judge = (path: string, text: string): string[] => judgeSource(readSource(path, text), DECLARED);

describe('this project', () => {
  it('imports only along the arrows', () => {
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.flatMap((path) => judge(path, readFileSync(join(ROOT, path), 'utf8')))).toEqual([]);
  });

  it('names every folder and file after what it does', () => expect(judgeNames(files)).toEqual([]));

  it('says in each top-level folder what it is for', () => expect(judgeReadmes(files)).toEqual([]));
});

describe('the rules', () => {
  it('name each zone once', () => expect(new Set(ZONES.map(({ zone }) => zone)).size).toBe(ZONES.length));

  it.each([
    ['core/errors/a.ts', "import { b } from '../config/b.ts';"],
    ['core/config/a.ts', "import type { B } from '../telemetry/b.ts';"],
    ['core/plugins/a.ts', "export { b } from '../../services/engine/b.ts';"],
    ['services/inference/auth/a.ts', "import { b } from '../admit/b.ts';"],
    ['services/inference/auth/a.ts', "export * from '../jobs/b.ts';"],
    ['services/inference/admit/a.ts', "const b = await import('../route/b.ts');"],
    ['services/inference/admit/a.ts', "let b: import('../route/b.ts').B;"],
    ['services/inference/admit/a.ts', "import '../route/b.ts';"],
    ['services/inference/admit/a.ts', "import { b } from '../main.ts';"],
    ['services/inference/http/a.ts', "import { b } from '../respond/b.ts';"],
    ['services/inference/route/a.ts', "import { b } from '../../engine/b.ts';"],
    ['services/engine/a.ts', "import { b } from '../inference/call.ts';"],
    ['services/engine/protocol/a.ts', "import { b } from '../host.ts';"],
    ['cli/commands/a.ts', "import { b } from '../../services/inference/http/b.ts';"],
    ['cli/setup/a.mjs', "import { b } from '../main.ts';"],
    ['elsewhere/a.ts', "import { b } from '../core/errors/b.ts';"],
  ])('refuse %s: %s', (path, text) => expect(judge(path, text)).toHaveLength(1));

  it.each([
    ['core/plugins/a.ts', "import { b } from '../errors/b.ts';"],
    ['services/inference/auth/a.ts', "import { b } from './deep/b.ts'; import { c } from '../../../core/config/c.ts';"],
    ['services/inference/auth/a.ts', "import type { Caller } from '../call.ts';"],
    ['services/inference/route/a.ts', "import { b } from '../../engine/protocol/b.ts';"],
    ['services/inference/http/routes/a.ts', "import { b } from '../../respond/b.ts'; import { c } from '../c.ts';"],
    ['services/inference/flow.ts', "import type { B } from './auth/b.ts';"],
    ['services/inference/auth/a.test.ts', "import { b } from '../../../tests/b.ts'; import { it } from 'vitest';"],
    [
      'cli/main.ts',
      "import metadata from '../package.json' with { type: 'json' }; import { readFileSync } from 'node:fs';",
    ],
    ['services/inference/auth/a.ts', 'const plugin = await import(config.module);'],
  ])('allow %s: %s', (path, text) => expect(judge(path, text)).toEqual([]));

  it.each([
    ['services/inference/jobs/a.ts', "import { getLlama } from 'node-llama-cpp';", 'native code'],
    ['services/inference/jobs/a.ts', "import { Hono } from 'hono';", 'only services/inference/http'],
    ['services/inference/jobs/a.ts', "import left from 'left-pad';", 'does not declare'],
    ['services/inference/jobs/a.ts', "import { it } from 'vitest';", 'development dependency'],
    ['cli/setup/a.mjs', "import { z } from 'zod/v4';", 'before any package'],
  ])('refuse a package: %s: %s', (path, text, words) => {
    const problems = judge(path, text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
  });

  it.each([
    ['services/inference/jobs/a.ts', "import { request } from 'undici';"],
    ['services/inference/jobs/a.ts', "import { Agent } from 'node:https';"],
    ['services/inference/jobs/a.ts', "import https from 'node:https';"],
    ['services/inference/jobs/a.ts', "import * as http from 'node:http';"],
    ['services/inference/jobs/a.ts', "const { connect } = await import('node:net');"],
    ['services/inference/jobs/a.ts', "import { connect } from 'tls';"],
    ['services/engine/openai/a.ts', "await fetch('https://example.com');"],
    ['services/engine/openai/a.ts', "await globalThis.fetch('https://example.com');"],
    ['cli/local/a.ts', "const socket = new WebSocket('wss://example.com');"],
  ])('refuse a way out beside core/egress: %s: %s', (path, text) => {
    const problems = judge(path, text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('core/egress');
  });

  it.each([
    ['core/egress/a.ts', "import { request } from 'undici';"],
    ['services/inference/http/a.ts', "import { isIP, type Socket } from 'node:net';"],
    ['services/inference/http/a.ts', "import { createServer, type Agent } from 'node:http';"],
    ['services/inference/models/a.ts', 'await fetcher.fetch(model);'],
    ['tests/a.ts', "import { request } from 'undici';"],
    ['services/inference/jobs/a.test.ts', "import { request } from 'undici';"],
  ])('allow %s: %s', (path, text) => expect(judge(path, text)).toEqual([]));

  it('refuse a default export', () => expect(judge('core/errors/a.ts', 'export default 1;')).toHaveLength(1));

  it('refuse a long file that does not say why', () => {
    const body = 'export const a = 1;\n'.repeat(1) + '\n'.repeat(300);
    expect(judge('core/errors/a.ts', body)).toHaveLength(1);
    expect(judge('core/errors/a.ts', `// One file because its parts share one buffer.\n${body}`)).toEqual([]);
    expect(judge('core/errors/a.test.ts', body)).toEqual([]);
    expect(judge('core/errors/codes.ts', body)).toEqual([]);
  });

  it('refuse names that say nothing', () => {
    expect(judgeNames(['core/utils/a.ts', 'core/errors/helpers.ts'])).toHaveLength(2);
    expect(judgeNames(['core/errors/codes.ts'])).toEqual([]);
  });

  it('refuse a top-level folder without a README', () => {
    expect(judgeReadmes(['core/README.md', 'core/a.ts', 'extra/a.ts', 'top.md', '.ci/run'])).toHaveLength(1);
  });
});
