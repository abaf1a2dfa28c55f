import { describe, expect, it } from 'vitest';
import { introduction } from './gateway-story.ts';
import { createNarrator } from './narrator.ts';

const screen = (isTTY: boolean, columns = 80) => {
  let text = '';
  return {
    isTTY,
    columns,
    write: (more: string) => {
      text += more;
    },
    read: () => text,
  };
};

describe('narration into a pipe', () => {
  it('prints a state once per change and no control sequences', () => {
    const output = screen(false);
    const narrator = createNarrator(output);
    narrator.show('gateway', 'busy', 'starting');
    narrator.show('gateway', 'busy', 'starting');
    narrator.show('gateway', 'ok', 'serving');
    expect(output.read()).toBe('… starting\n✓ serving\n');
  });

  it('prints no line for figures that move all the time', () => {
    const output = screen(false);
    const narrator = createNarrator(output);
    for (let active = 0; active < 10; active += 1) narrator.show('gateway', 'ok', 'serving', `, ${active} active`);
    expect(output.read()).toBe('✓ serving\n');
  });

  it('prints progress every tenth of the way', () => {
    const output = screen(false);
    const narrator = createNarrator(output);
    for (let step = 0; step <= 100; step += 1) narrator.progress('m', 'model', step / 100, '');
    expect(output.read().trimEnd().split('\n')).toHaveLength(11);
  });
});

describe('narration on a terminal', () => {
  it('redraws the state lines below what stays', () => {
    const output = screen(true);
    const narrator = createNarrator(output);
    narrator.show('gateway', 'busy', 'starting');
    narrator.say('ok', 'certificate');
    expect(output.read().endsWith('starting\n')).toBe(true);
    expect(output.read()).toContain('\u001b[1A\u001b[0J');
  });

  it('shows the figures', () => {
    const output = screen(true);
    createNarrator(output).show('gateway', 'ok', 'serving', ', 3 active');
    expect(output.read()).toContain('serving, 3 active');
  });

  it('clips a state line to the width, so that it stays one line', () => {
    const output = screen(true, 20);
    createNarrator(output).show('m', 'ok', 'x'.repeat(100));
    expect(output.read().trimEnd().length).toBeLessThan(20);
  });
});

describe('the introduction', () => {
  const listening = {
    type: 'listening',
    url: 'https://localhost:8443',
    pid: 1,
    caFile: '/data/ca.crt',
    headerFiles: { inference: '/data/i.header', metrics: '/data/m.header' },
  } as const;

  it('holds a curl line with files instead of secrets, and how to trust the authority', () => {
    const text = introduction(listening, 'm');
    expect(text).toContain("curl --cacert '/data/ca.crt' -H '@/data/i.header'");
    expect(text).toContain("NODE_EXTRA_CA_CERTS='/data/ca.crt'");
    expect(text).toContain("SSL_CERT_FILE='/data/ca.crt'");
    expect(text).not.toMatch(/Bearer|eyJ/);
  });

  it('says nothing of a local authority where the operator brought a certificate', () => {
    expect(introduction({ ...listening, caFile: null }, 'm')).not.toMatch(/cacert|CA_CERTS/);
  });
});
