import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NOTIFIER_OPTIONS, PLACEHOLDERS } from '../../../core/config/schema-notifiers.ts';

const page = readFileSync(new URL('../../../docs/notifications.md', import.meta.url), 'utf8');

describe('the page about notifications', () => {
  it.each(Object.entries(NOTIFIER_OPTIONS))('names every option of %s in its row, and no other', (use, { shape }) => {
    const [, options = ''] = new RegExp(`^\\| \`${use}\`[^|]*\\|([^|]*)\\|`, 'm').exec(page) ?? [];
    const named = Array.from(options.matchAll(/`([a-zA-Z]+)(?:`|: \{)/g), ([, name = '']) => name);
    const words = ['text', 'markdown'];
    expect(named.filter((name) => !words.includes(name)).sort()).toEqual(Object.keys(shape).sort());
  });

  it('names every placeholder', () => {
    expect(PLACEHOLDERS.filter((word) => !page.includes(`\`{${word}}\``))).toEqual([]);
  });
});
