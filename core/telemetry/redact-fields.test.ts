import { describe, expect, it } from 'vitest';
import { redactFields } from './redact-fields.ts';

const redact = (text: string): string => text.replaceAll('secret', '[X]');

describe('the fields of a record', () => {
  it('are redacted at any depth, names and numbers stay', () => {
    const fields = { secret: 'a secret', labels: { list: ['secret', 1, { deep: 'secret' }], none: null, is: true } };
    expect(redactFields(fields, redact)).toEqual({
      secret: 'a [X]',
      labels: { list: ['[X]', 1, { deep: '[X]' }], none: null, is: true },
    });
  });

  it('keep what a record is found by, written flat or nested', () => {
    const fields = { 'client.ip': 'secret', labels: { key_id: 'secret', other: 'secret' }, 'labels.key_id': 'secret' };
    expect(redactFields(fields, redact)).toEqual({
      'client.ip': 'secret',
      labels: { key_id: 'secret', other: '[X]' },
      'labels.key_id': 'secret',
    });
  });

  it('show values that write themselves as they do, errors as one line, and end where a value holds itself', () => {
    const loop: Record<string, unknown> = { name: 'secret' };
    loop.self = loop;
    const shown = redactFields(
      { at: new Date(0), url: new URL('http://h/secret'), error: new Error('secret'), loop },
      redact,
    );
    expect(shown).toMatchObject({ at: '1970-01-01T00:00:00.000Z', url: 'http://h/[X]', error: 'Error: [X]' });
    expect(JSON.stringify(shown)).not.toContain('secret');
  });
});
