import { expect, it } from 'vitest';
import { createAddressGroups } from './address-group.ts';

const groupOf = createAddressGroups(['10.0.0.0/8', 'fd00::/8']);

it.each([
  ['an IPv4 address is counted by itself', '192.0.2.7', '192.0.2.7'],
  ['a mapped one as what it is', '::ffff:192.0.2.7', '192.0.2.7'],
  ['an IPv6 address by its /64', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['a short one too', '2001:db8::1', '2001:db8:0:0'],
  ['the loopback too', '::1', '0:0:0:0'],
  ['a zone is no part of it', 'fe80::1%eth0', 'fe80:0:0:0'],
  ['a trusted proxy is not counted', '10.1.2.3', undefined],
  ['nor one that comes as mapped', '::ffff:10.1.2.3', undefined],
  ['nor over IPv6', 'fd00::1', undefined],
])('%s', (_, address, group) => {
  expect(groupOf(address)).toBe(group);
});
