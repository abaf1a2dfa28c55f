import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LLAMA_CPP } from './architectures.ts';
import { renderArchitectures, sourceFile } from './render-architectures.ts';
import { FILE_TYPES, TENSOR_TYPES } from './tensor-types.ts';

const hasGit = (() => {
  try {
    execFileSync('git', ['--version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
})();
const bundle = join(
  dirname(createRequire(import.meta.url).resolve('node-llama-cpp')),
  '..',
  'llama',
  'gitRelease.bundle',
);

// Skipped without git, which reads the source of llama.cpp out of the installed package.
describe.skipIf(!hasGit)('what is known of llama.cpp', () => {
  it('lists the architectures of the installed version', () => {
    const committed = readFileSync(fileURLToPath(new URL('./architectures.ts', import.meta.url)), 'utf8');
    expect(renderArchitectures()).toBe(committed);
    expect(LLAMA_CPP.architectures).toContain('llama');
  });

  it('sizes tensor types as the installed version does', () => {
    const source = sourceFile(bundle, 'gguf-py/gguf/constants.py');
    const numbers = enumOf(source, 'GGMLQuantizationType');
    const sizes = [...source.matchAll(/GGMLQuantizationType\.(\w+):\s+\((\d+), ([^)]+)\),/g)];
    expect(sizes.length).toBe(Object.keys(TENSOR_TYPES).length);
    for (const [, name = '', block = '', bytes = ''] of sizes) {
      expect(TENSOR_TYPES[numbers.get(name) ?? -1]).toEqual({ name, block: Number(block), bytes: sumOf(bytes) });
    }
  });

  it('names file types as the installed version does', () => {
    const source = sourceFile(bundle, 'gguf-py/gguf/constants.py');
    for (const [name, number] of enumOf(source, 'LlamaFileType')) {
      if (name === 'GUESSED') continue;
      expect(FILE_TYPES[number]).toBe(name.replace(/^(ALL|MOSTLY)_/, ''));
    }
  });
});

/** `class Name(IntEnum):` with lines `NAME = 1`, commented-out ones left aside. */
function enumOf(source: string, name: string): Map<string, number> {
  const body = new RegExp(`class ${name}\\(IntEnum\\):\\n((?:[ \\t]+[^\\n]*\\n|\\n)+)`).exec(source)?.[1] ?? '';
  return new Map(
    [...body.matchAll(/^ {4}(\w+)\s*=\s*(\d+)/gm)].map(([, key = '', value = '']) => [key, Number(value)]),
  );
}

/** Sums like `2 + QK_K // 4 + 4 * 13`. */
function sumOf(expression: string): number {
  return expression.split('+').reduce((total, term) => total + termOf(term.trim()), 0);
}

function termOf(term: string): number {
  const value = (word: string | undefined) => (word?.trim() === 'QK_K' ? 256 : Number(word));
  if (term.includes('//')) return value(term.split('//')[0]) / value(term.split('//')[1]);
  if (term.includes('*')) return value(term.split('*')[0]) * value(term.split('*')[1]);
  return value(term);
}
