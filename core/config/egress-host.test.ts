import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEgressHost } from './egress-host.ts';

describe('a host of egress.allow', () => {
  it.each([
    ['hooks.example', 'name', 'hooks.example', undefined],
    ['Hooks.Example:8443', 'name', 'hooks.example', 8443],
    ['bücher.example', 'name', 'xn--bcher-kva.example', undefined],
    ['localhost:8000', 'name', 'localhost', 8000],
    ['*.example.com', 'subdomains', 'example.com', undefined],
    ['*.example.com:443', 'subdomains', 'example.com', 443],
    ['10.0.0.7', 'network', '10.0.0.7/32', undefined],
    ['10.0.0.7:8000', 'network', '10.0.0.7/32', 8000],
    ['10.0.0.0/8', 'network', '10.0.0.0/8', undefined],
    ['10.0.0.0/8:443', 'network', '10.0.0.0/8', 443],
    ['::1', 'network', '::1/128', undefined],
    ['fd00::/8', 'network', 'fd00::/8', undefined],
    ['[fd00::/8]:443', 'network', 'fd00::/8', 443],
    ['[::1]:8000', 'network', '::1/128', 8000],
  ])('%s is read', (text, kind, value, port) => {
    expect(readEgressHost(text)).toEqual({ kind, value, port });
  });

  it.each([
    ['nothing', ''],
    ['everything', '*'],
    ['a star in the middle', 'a.*.example'],
    ['a star that is not a label', '*example.com'],
    ['a URL', 'https://example.com'],
    ['a path', 'example.com/hook'],
    ['credentials', 'user@example.com'],
    ['no port after the colon', 'example.com:'],
    ['port 0', 'example.com:0'],
    ['a port that is none', 'example.com:65536'],
    ['a decimal address', '2130706433'],
    ['a hexadecimal address', '0x7f.1'],
    ['an octal address', '0177.0.0.1'],
    ['a short address', '127.1'],
    ['a network that is none', '10.0.0.0/33'],
    ['a zone', 'fe80::1%eth0'],
    ['a name in brackets', '[example.com]:443'],
    ['a space', 'exa mple.com'],
    ['a backslash', 'example.com\\evil'],
  ])('%s is refused', (_, text) => expect(readEgressHost(text)).toBeUndefined());

  it('never stands for an address that was not written as one', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const host = readEgressHost(text);
        return host === undefined || host.kind === 'network' || Number.isNaN(Number(host.value));
      }),
    );
  });
});
