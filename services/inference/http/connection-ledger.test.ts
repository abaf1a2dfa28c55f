import { describe, expect, it } from 'vitest';
import { ConnectionLedger, type Place } from './connection-ledger.ts';

const LIMITS = { maxConnections: 4, maxConnectionsPerAddress: 3, connectionsPerSecond: 1 };
let at = 0;
const open = (limits: Partial<typeof LIMITS> = {}) => new ConnectionLedger({ ...LIMITS, ...limits }, () => at);
const place = (group: string | undefined): Place => ({ group, busy: 0, close: () => undefined });

describe('the connection ledger', () => {
  it('gives the place of the one that is idle longest to a new one', () => {
    const ledger = open({ maxConnections: 2 });
    const [first, second, third] = [place('a'), place('b'), place('c')];
    ledger.open(first);
    ledger.open(second);
    ledger.begin(first);
    ledger.end(first);
    expect(ledger.open(third)).toEqual({ isWelcome: true, leaves: second });
    expect([ledger.size, ledger.idle]).toEqual([2, 2]);
  });

  it('never takes the place of a busy one', () => {
    const ledger = open({ maxConnections: 2 });
    for (const group of ['a', 'b']) {
      const busy = place(group);
      ledger.open(busy);
      ledger.begin(busy);
    }
    expect(ledger.open(place('c'))).toEqual({ isWelcome: false, reason: 'connections' });
  });

  it('makes room within an address that has its share, at the cost of nobody else', () => {
    const ledger = open();
    const other = place('other');
    const own = [place('a'), place('a'), place('a')];
    for (const one of [other, ...own]) ledger.open(one);
    at += 5000;
    expect(ledger.open(place('a'))).toEqual({ isWelcome: true, leaves: own[0] });
    for (const one of own.slice(1)) ledger.begin(one);
    expect(ledger.size).toBe(4);
  });

  it('refuses an address whose connections are all busy', () => {
    const ledger = open({ maxConnections: 100, connectionsPerSecond: 1000 });
    for (let index = 0; index < 3; index++) {
      const busy = place('a');
      ledger.open(busy);
      ledger.begin(busy);
    }
    at += 1000;
    expect(ledger.open(place('a'))).toEqual({ isWelcome: false, reason: 'address_connections' });
    expect(ledger.open(place('b'))).toEqual({ isWelcome: true });
  });

  it('slows an address down that connects again and again, and lets it in again later', () => {
    const ledger = open();
    const dial = () => {
      const one = place('a');
      const verdict = ledger.open(one);
      ledger.close(one);
      return verdict.isWelcome;
    };
    expect([dial(), dial(), dial(), dial()]).toEqual([true, true, true, false]);
    at += 1000;
    expect([dial(), dial()]).toEqual([true, false]);
  });

  it('counts a trusted proxy for nobody', () => {
    const ledger = open({ maxConnections: 10 });
    for (let index = 0; index < 10; index++) expect(ledger.open(place(undefined))).toEqual({ isWelcome: true });
  });

  it('frees a place once, however often it is told', () => {
    const ledger = open();
    const one = place('a');
    ledger.open(one);
    ledger.close(one);
    ledger.close(one);
    ledger.end(one);
    expect([ledger.size, ledger.idle]).toEqual([0, 0]);
  });

  it('forgets addresses that are gone instead of growing with them', () => {
    const ledger = open();
    for (let index = 0; index < 50_000; index++) {
      const one = place(`address ${index}`);
      ledger.open(one);
      ledger.close(one);
    }
    expect(ledger.groups).toBeLessThanOrEqual(20_000);
  });
});
