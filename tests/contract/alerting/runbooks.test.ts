import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../cli/command-table.ts';
import { ALERT_NAMES } from '../../../core/config/alert-names.ts';

const FOLDER = fileURLToPath(new URL('../../../alerting/runbooks/', import.meta.url));
const SECTIONS = ['Meaning', 'Impact', 'First', 'Causes', 'What was done by itself', 'How to undo it'];

const page = (name: string): string => readFileSync(join(FOLDER, `${name}.md`), 'utf8');

const sectionsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')).trim(), part.slice(part.indexOf('\n')).trim()]),
  );

/** Command lines of ours in a page, blocks and inline code alike, up to what a shell would do with them. */
const commandsIn = (text: string): readonly string[] =>
  [...text.matchAll(/\bclawdbot ((?:--? ?)?[a-z][^`\n|#>]*)/g)].map(([, line = '']) => line.trim());

const programs = new Map<string, Command>();
beforeAll(async () => {
  for (const [name, load] of Object.entries(COMMANDS)) programs.set(name, await load());
});

/** What is wrong with a command line; nothing where the program would take it. */
const faultsOf = (line: string): readonly string[] => {
  const words = line.split(/\s+/).filter((word) => word !== '');
  let command = programs.get(words[0] ?? '');
  if (command === undefined) return [`clawdbot ${line}: there is no command ${words[0]}`];
  let index = 1;
  for (; index < words.length; index += 1) {
    const child: Command | undefined = command.commands.find((one) => one.name() === words[index]);
    if (child === undefined) break;
    command = child;
  }
  const rest = words.slice(index);
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  const isGroup = command.commands.length > 0;
  if (isGroup && rest[0] !== undefined && !rest[0].startsWith('-')) return [`clawdbot ${line}: there is no ${rest[0]}`];
  return rest
    .filter((word) => word.startsWith('-') && word !== '--help')
    .map((word) => word.split('=')[0] ?? word)
    .filter((option) => !known.includes(option))
    .map((option) => `clawdbot ${line}: there is no option ${option}`);
};

describe('the runbooks', () => {
  it('are one for each alert, and no more', () =>
    expect(readdirSync(FOLDER).sort()).toEqual(ALERT_NAMES.map((name) => `${name}.md`).sort()));

  describe.each(ALERT_NAMES)('%s', (name) => {
    it('says everything that is asked at night, briefly', () => {
      const text = page(name);
      expect(text.startsWith(`# ${name}\n`)).toBe(true);
      const sections = sectionsOf(text);
      expect([...sections.keys()]).toEqual(SECTIONS);
      for (const [section, body] of sections) expect(body.length, section).toBeGreaterThan(10);
      expect(text.split('\n').length).toBeLessThan(60);
    });

    it('gives three commands to begin with', () => {
      const block = /```bash\n([\s\S]*?)```/.exec(sectionsOf(page(name)).get('First') ?? '')?.[1] ?? '';
      const lines = block.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      expect(lines).toHaveLength(3);
    });

    it('names only commands that there are', () => {
      expect(commandsIn(page(name)).flatMap(faultsOf)).toEqual([]);
    });
  });

  it('would be caught naming another', () => {
    expect(commandsIn('run `clawdbot status --jsn` or clawdbot sttus\n').flatMap(faultsOf)).toHaveLength(2);
    expect(commandsIn('`clawdbot config chek`').flatMap(faultsOf)).toHaveLength(1);
    expect(commandsIn('`clawdbot config check --config a.yaml`').flatMap(faultsOf)).toEqual([]);
  });
});
