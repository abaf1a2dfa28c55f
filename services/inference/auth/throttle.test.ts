import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createThrottle, networkOf } from './throttle.ts';

const open = (more: { failures?: number; addresses?: number } = {}) => {
  const clock = { now: 0 };
  const settings = { failures: 3, windowMs: 60_000, addresses: 100, ...more };
  return { clock, settings, throttle: createThrottle(settings, () => clock.now) };
};

describe('the throttle', () => {
  it('lets an address be wrong so often, then says how long to wait', () => {
    const { throttle } = open();
    expect([throttle.book('a'), throttle.book('a'), throttle.waitMs('a')]).toEqual([false, false, 0]);
    expect([throttle.book('a'), throttle.waitMs('a')]).toEqual([true, 20_000]);
    expect(throttle.waitMs('b')).toBe(0);
  });

  it('forgives one after the other, and reports an address once', () => {
    const { throttle, clock } = open();
    for (let index = 0; index < 50; index++) throttle.book('a');
    expect(throttle.waitMs('a')).toBe(20_000);
    clock.now = 20_000;
    expect(throttle.waitMs('a')).toBe(0);
    expect([throttle.book('a'), throttle.waitMs('a')]).toEqual([false, 20_000]);
    clock.now = 80_000;
    expect([throttle.waitMs('a'), throttle.size]).toEqual([0, 0]);
  });

  it('takes back what was booked while a good credential was looked at', () => {
    const { throttle } = open();
    for (let index = 0; index < 3; index++) throttle.book('a');
    for (let index = 0; index < 3; index++) throttle.forgive('a');
    expect([throttle.waitMs('a'), throttle.size]).toEqual([0, 0]);
  });

  it('remembers so many addresses and no more', () => {
    const { throttle } = open();
    for (let index = 0; index < 10_000; index++) throttle.book(`10.0.${index >> 8}.${index & 255}`);
    expect(throttle.size).toBe(100);
  });

  it('is off at zero, at once', () => {
    const { throttle, settings } = open();
    for (let index = 0; index < 5; index++) throttle.book('a');
    throttle.update({ ...settings, failures: 0 });
    expect([throttle.book('a'), throttle.waitMs('a'), throttle.size]).toEqual([false, 0, 0]);
  });

  it('goes on when the clock is set back', () => {
    const { throttle, clock } = open();
    clock.now = 1_000_000;
    for (let index = 0; index < 3; index++) throttle.book('a');
    clock.now = 0;
    expect(throttle.waitMs('a')).toBe(20_000);
    clock.now = 20_000;
    expect(throttle.waitMs('a')).toBe(0);
  });
});

describe('the network of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['fe80::', 'fe80:0:0:0'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
  ])('%s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('is the same for all of a /64', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const half = fc.array(group, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(half, half, half, (network, host, other) => {
        const of = (rest: readonly string[]) =>
          networkOf(new URL(`http://[${[...network, ...rest].join(':')}]`).hostname.slice(1, -1));
        expect(of(host)).toBe(of(other));
      }),
    );
  });
});
