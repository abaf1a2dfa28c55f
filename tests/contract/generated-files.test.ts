import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { GENERATED_FILES } from '../../cli/commands/config.ts';
import { loadConfig } from '../../core/config/load.ts';
import { configSchema } from '../../core/config/schema.ts';
import { printPath } from '../../core/config/setting-path.ts';
import { listSettings } from '../../core/config/settings.ts';
import { ERROR_CODES } from '../../core/errors/codes.ts';
import { METRICS } from '../../core/telemetry/metrics.ts';
import { wireName } from '../../core/telemetry/wire-name.ts';
import { LLAMA_CPP } from '../../services/inference/models/gguf/architectures.ts';

const pathOf = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const read = (file: string): string => readFileSync(pathOf(file), 'utf8');

describe('generated files', () => {
  test.each(Object.keys(GENERATED_FILES))('%s is what `clawdbot config docs --write` writes', (file) => {
    expect(existsSync(pathOf(file))).toBe(true);
    expect(read(file)).toBe(GENERATED_FILES[file]?.());
  });
});

describe('the example configuration', () => {
  test('is valid and changes nothing', () => {
    expect(loadConfig({ file: pathOf('clawdbot.example.yaml'), env: {} }).config).toEqual(configSchema.parse({}));
  });

  test('explains every setting', () => {
    const example = read('clawdbot.example.yaml');
    for (const { path, help } of listSettings()) expect(example, printPath(path)).toContain(`# ${help}`);
  });
});

describe('the reference pages', () => {
  test('name every setting', () => {
    const page = read('docs/configuration.md');
    for (const { path } of listSettings()) expect(page).toContain(`| \`${path.join('.').replaceAll('.[]', '[]')}\` |`);
  });

  test('name every error and every metric', () => {
    const errors = read('docs/errors.md');
    const metrics = read('docs/metrics.md');
    for (const code of Object.keys(ERROR_CODES)) expect(errors).toContain(`## ${code}\n`);
    for (const row of Object.values(METRICS)) expect(metrics).toContain(`| \`${wireName(row)}\` | \`${row.name}\``);
  });

  test('list the architectures of the bundled llama.cpp, and no other', () => {
    const [, section = ''] = read('docs/models.md').split('## Architectures\n');
    expect(section).toContain(`llama.cpp is ${LLAMA_CPP.release}.`);
    const [, list = ''] = section.split('`engine: openai`.\n');
    expect([...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name)).toEqual([...LLAMA_CPP.architectures]);
  });

  test('name only settings that exist', () => {
    const known = new Set(
      listSettings().flatMap(({ path }) => path.map((_part, depth) => path.slice(0, depth + 1).join('.'))),
    );
    const sections = Object.keys(configSchema.shape).join('|');
    const named = [...read('docs/errors.md').matchAll(new RegExp(`\`((?:${sections})\\.[a-zA-Z.]+)\``, 'g'))];
    expect(named.length).toBeGreaterThan(0);
    for (const [, setting = ''] of named) expect(known, setting).toContain(setting);
  });
});
