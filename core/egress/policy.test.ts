import { describe, expect, it } from 'vitest';
import { createPolicy, type EgressRow, gateTo, targetOf } from './policy.ts';

const ROWS: readonly EgressRow[] = [
  { host: 'gpu-box:8000', purpose: 'upstream', dataClass: 'redacted' },
  { host: '*.example.com', purpose: 'model-download', dataClass: 'none' },
  { host: '10.0.0.0/8', purpose: 'jwks', dataClass: 'none' },
  { host: '[fd00::/8]:443', purpose: 'jwks', dataClass: 'none' },
  { host: 'not a host', purpose: 'jwks', dataClass: 'prompt' },
];

const refusal = (url: string, purpose: EgressRow['purpose'], dataClass: EgressRow['dataClass'] = 'none') =>
  createPolicy(ROWS)
    .gate(purpose, dataClass)
    .refusal(targetOf(new URL(url)));

describe('the policy', () => {
  it.each([
    ['http://gpu-box:8000/v1', 'upstream', 'redacted'],
    ['http://gpu-box:8000/v1', 'upstream', 'metadata'],
    ['https://a.example.com/f', 'model-download', 'none'],
    ['https://a.b.example.com:8443/f', 'model-download', 'none'],
    ['https://10.1.2.3/keys', 'jwks', 'none'],
    ['https://167772161/keys', 'jwks', 'none'],
    ['https://[fd12::1]/keys', 'jwks', 'none'],
  ] as const)('lets %s pass for %s with data of class %s', (url, purpose, dataClass) => {
    expect(refusal(url, purpose, dataClass)).toBeUndefined();
  });

  it.each([
    ['a host nobody named', 'https://example.org/', 'model-download'],
    ['the apex of a wildcard', 'https://example.com/', 'model-download'],
    ['a host that ends the same', 'https://evilexample.com/', 'model-download'],
    ['a host that goes on after it', 'https://a.example.com.evil.example/', 'model-download'],
    ['an absolute name', 'https://a.example.com./', 'model-download'],
    ['another port', 'http://gpu-box:8001/', 'upstream'],
    ['the port of the scheme', 'http://gpu-box/', 'upstream'],
    ['another purpose', 'http://gpu-box:8000/', 'callback'],
    ['an address outside the network', 'https://11.0.0.1/', 'jwks'],
    ['a public literal nobody named', 'https://8.8.8.8/', 'jwks'],
    ['the port of an IPv6 network', 'https://[fd12::1]:444/', 'jwks'],
    ['a host whose row cannot be read', 'https://not%20a%20host.example/', 'jwks'],
  ] as const)('refuses %s', (_, url, purpose) => {
    const parsed = URL.parse(url);
    if (parsed !== null) expect(refusal(url, purpose)).toContain('egress.allow');
  });

  it('names the row that would allow it', () => {
    expect(refusal('https://far.example:9000/v1', 'upstream', 'prompt')).toContain(
      '{ host: "far.example:9000", purpose: upstream, dataClass: prompt }',
    );
  });

  it('refuses more than the class of its row, and says which class that is', () => {
    expect(refusal('http://gpu-box:8000/v1', 'upstream', 'prompt')).toContain('class redacted');
  });

  it('takes addresses from networks of the same purpose and port only', () => {
    const policy = createPolicy(ROWS);
    const jwks = policy.gate('jwks', 'none');
    expect([jwks.hasAddress('10.9.9.9', 8443), jwks.hasAddress('fd12::1', 443)]).toEqual([true, true]);
    expect([jwks.hasAddress('fd12::1', 8443), jwks.hasAddress('192.168.0.1', 443)]).toEqual([false, false]);
    expect(policy.gate('upstream', 'none').hasAddress('10.9.9.9', 8000)).toBe(false);
  });

  it('refuses everything when it is empty', () => {
    expect(createPolicy([]).gate('jwks', 'none').refusal({ host: 'example.com', port: 443 })).toBeDefined();
  });

  it('applies new rows to gates that are open, and marks what was taken away', () => {
    const policy = createPolicy(ROWS);
    const gate = policy.gate('upstream', 'redacted');
    policy.update([...ROWS, { host: 'more.example', purpose: 'upstream', dataClass: 'prompt' }]);
    expect([gate.refusal({ host: 'more.example', port: 443 }), gate.revision()]).toEqual([undefined, 0]);
    policy.update(ROWS);
    expect(gate.refusal({ host: 'more.example', port: 443 })).toBeDefined();
    expect(gate.revision()).toBe(1);
  });
});

describe('a gate to one URL', () => {
  it('opens to its host and port, wherever they are, and to nothing else', () => {
    const gate = gateTo(new URL('https://box.internal:8443/'));
    expect(gate.refusal({ host: 'box.internal', port: 8443 })).toBeUndefined();
    expect(gate.refusal({ host: 'box.internal', port: 443 })).toBeDefined();
    expect(gate.refusal({ host: 'other.internal', port: 8443 })).toBeDefined();
    expect([gate.hasAddress('10.0.0.1', 8443), gate.hasAddress('10.0.0.1', 22)]).toEqual([true, false]);
  });
});
