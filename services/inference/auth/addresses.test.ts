import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientAddress, compileNetworks, normalizeAddress } from './addresses.ts';
import { createGatehouse } from './gatehouse.ts';

describe('an address', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['::FFFF:127.0.0.1', '127.0.0.1'],
    ['::ffff:7f00:1', '127.0.0.1'],
    ['0:0:0:0:0:ffff:7f00:0001', '127.0.0.1'],
    ['::1', '::1'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('%s is written %s', (text, normal) => {
    expect(normalizeAddress(text)).toBe(normal);
  });

  it.each(['', 'localhost', '1.2.3', '1.2.3.4.5', '010.0.0.1', '1.2.3.4/8', '::g', '1.2.3.4 '])('is not %j', (text) => {
    expect(normalizeAddress(text)).toBeUndefined();
  });

  it('means the same machine wrapped in IPv6 or not', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(normalizeAddress(`::ffff:${address}`)).toBe(address);
      }),
    );
  });
});

describe('networks', () => {
  it('hold their addresses and no others', () => {
    const networks = compileNetworks(['10.0.0.0/8', '192.168.1.7/32', 'fd00::/8', '::1/128', '::ffff:172.16.0.0/108']);
    for (const inside of ['10.255.0.1', '192.168.1.7', 'fd12::1', '::1', '172.16.0.9', '172.31.255.255']) {
      expect(networks.has(inside), inside).toBe(true);
    }
    for (const outside of ['11.0.0.1', '192.168.1.8', 'fe80::1', '::2', '172.32.0.1']) {
      expect(networks.has(outside), outside).toBe(false);
    }
  });

  it('take every address where the prefix is empty', () => {
    expect(compileNetworks(['0.0.0.0/0']).has('8.8.8.8')).toBe(true);
    expect(compileNetworks(['::/0']).has('2001:db8::1')).toBe(true);
  });

  it('agree with arithmetic', () => {
    const toNumber = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (network, address, bits) => {
        const size = 2 ** (32 - bits);
        const isInside = Math.floor(toNumber(network) / size) === Math.floor(toNumber(address) / size);
        expect(compileNetworks([`${network}/${bits}`]).has(address)).toBe(isInside);
      }),
    );
  });
});

describe('the client behind proxies', () => {
  const proxies = compileNetworks(['10.0.0.0/8', 'fd00::/8']);
  const client = (remote: string, forwarded?: string) => clientAddress(remote, forwarded, proxies);

  it('is the peer where the peer is no trusted proxy, whatever it claims', () => {
    expect(client('203.0.113.9', '127.0.0.1')).toBe('203.0.113.9');
  });

  it('is the nearest hop that is no trusted proxy', () => {
    expect(client('10.0.0.1', '198.51.100.1, 203.0.113.9')).toBe('203.0.113.9');
    expect(client('10.0.0.1', '127.0.0.1, 203.0.113.9, 10.9.9.9')).toBe('203.0.113.9');
    expect(client('::ffff:10.0.0.1', '::ffff:203.0.113.9')).toBe('203.0.113.9');
  });

  it('is read with a port too', () => {
    expect(client('10.0.0.1', '203.0.113.9:4711')).toBe('203.0.113.9');
    expect(client('10.0.0.1', '[2001:db8::1]:4711')).toBe('2001:db8::1');
  });

  it('is the first hop where all are proxies, and the proxy itself where it names none', () => {
    expect(client('10.0.0.1', '10.0.0.2, 10.0.0.3')).toBe('10.0.0.2');
    expect(client('10.0.0.1')).toBe('10.0.0.1');
  });

  it.each(['unknown', '', '203.0.113.9,', 'for=203.0.113.9', '127.0.0.1 10.0.0.1'])(
    'is nobody where a proxy says %j',
    (text) => {
      expect(client('10.0.0.1', text)).toBeUndefined();
    },
  );

  it('is never an address that an untrusted hop wrote', () => {
    fc.assert(
      fc.property(fc.array(fc.ipV4(), { maxLength: 5 }), (forged) => {
        expect(client('10.0.0.1', [...forged, '203.0.113.9'].join(','))).toBe('203.0.113.9');
      }),
    );
  });
});

describe('the gatehouse', () => {
  it('lets in what the list allows and applies a new list at once', () => {
    const gatehouse = createGatehouse(['127.0.0.1/32', '::1/128'], []);
    expect(gatehouse.check('::ffff:127.0.0.1', undefined)).toBe('127.0.0.1');
    expect(() => gatehouse.check('127.0.0.2', undefined)).toThrow('auth.allow');
    gatehouse.update(['127.0.0.2/32']);
    expect(gatehouse.check('127.0.0.2', undefined)).toBe('127.0.0.2');
    expect(() => gatehouse.check('::ffff:127.0.0.1', undefined)).toThrow('auth.allow');
  });

  it('checks the client, not the proxy', () => {
    const gatehouse = createGatehouse(['203.0.113.0/24'], ['10.0.0.1/32']);
    expect(gatehouse.check('10.0.0.1', '203.0.113.9')).toBe('203.0.113.9');
    expect(() => gatehouse.check('10.0.0.1', '198.51.100.1')).toThrow('auth.allow');
    expect(() => gatehouse.check('10.0.0.1', undefined)).toThrow('auth.allow');
    expect(() => gatehouse.check('', undefined)).toThrow('auth.allow');
  });
});
