import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNetworks, isPublicAddress } from './addresses.ts';

const PUBLIC = ['8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.0', '100.63.255.255', '100.128.0.0', '198.20.0.0'];
const PUBLIC_IPV6 = ['2606:4700::1111', '2a00:1450:4001::8', '2001:4860:4860::8888', '3ffe::1'];

const NOT_PUBLIC = {
  unspecified: ['0.0.0.0', '::'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
  'link-local': ['169.254.169.254', 'fe80::1', 'febf::1'],
  'site-local': ['fec0::1'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  reserved: ['240.0.0.1', '255.255.255.254', '192.0.0.8', '4000::1', '5f00::1'],
  broadcast: ['255.255.255.255'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1', '3fff:fff::1'],
  benchmark: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '0:0:0:0:0:ffff:0a00:1'],
  'IPv4-compatible': ['::127.0.0.1', '::8.8.8.8'],
  'IPv4-translated': ['64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1', '::ffff:0:127.0.0.1'],
  '6to4': ['2002:7f00:1::', '2002:808:808::1', '192.88.99.1'],
  Teredo: ['2001::1', '2001:0:53aa:64c::1'],
  ORCHID: ['2001:10::1', '2001:20::1'],
  'a zone': ['fe80::1%eth0', '2606:4700::1111%eth0'],
  'not a plain address': [
    '',
    'localhost',
    '0177.0.0.1',
    '0x7f000001',
    '2130706433',
    '127.1',
    '[::1]',
    '8.8.8.8 ',
    '8.8.8.8/32',
  ],
};

describe('isPublicAddress', () => {
  it.each([...PUBLIC, ...PUBLIC_IPV6])('takes %s as public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  for (const [kind, addresses] of Object.entries(NOT_PUBLIC)) {
    it.each(addresses)(`refuses ${kind}: %j`, (address) => {
      expect(isPublicAddress(address)).toBe(false);
    });
  }

  it('refuses every IPv4 address once it hides in an IPv6 one', () => {
    const wrap = fc.constantFrom('::ffff:', '64:ff9b::', '::');
    fc.assert(fc.property(wrap, fc.ipV4(), (prefix, ipv4) => !isPublicAddress(`${prefix}${ipv4}`)));
  });

  it('answers the same for every spelling of an IPv6 address', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
        return isPublicAddress(address) === isPublicAddress(canonical);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof isPublicAddress(text) === 'boolean'));
  });
});

describe('createNetworks', () => {
  it('knows what is inside and outside', () => {
    const networks = createNetworks(['127.0.0.0/8', '10.1.0.0/16', 'fd00::/8']);
    expect(['127.0.0.1', '10.1.2.3', 'fd12::1', '::ffff:127.0.0.1'].every(networks.has)).toBe(true);
    expect(['10.2.0.1', '::1', 'fc00::1', '8.8.8.8', 'fd12::1%eth0', 'nonsense'].some(networks.has)).toBe(false);
  });

  it('does not let an IPv6 network hold IPv4 addresses', () => {
    const networks = createNetworks(['::/0']);
    expect(networks.has('10.0.0.1')).toBe(false);
    expect(networks.has('fd12::1')).toBe(true);
  });

  it('holds nothing when empty', () => {
    expect(createNetworks([]).has('8.8.8.8')).toBe(false);
  });
});
