import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LAUNCHER_VARIABLE } from './hand-over.mjs';
import { ECHO_WINDOW_MS } from './signals.mjs';
import { onStopRequests } from './stop-requests.ts';

const NPM = 4242;
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const start = (env: NodeJS.ProcessEnv) => {
  const self = Object.assign(new EventEmitter(), { ppid: NPM, env });
  const clock = { ms: 0 };
  const wishes: string[] = [];
  const requests = onStopRequests((now) => wishes.push(now ? 'now' : 'drain'), { self, now: () => clock.ms });
  return { self, clock, wishes, requests };
};

it('drains at the first signal and stops at the second', () => {
  const { self, wishes } = start({});
  self.emit('SIGTERM');
  self.emit('SIGTERM');
  expect(wishes).toEqual(['drain', 'now']);
});

it('counts the copies of one Ctrl-C under npm once', () => {
  const { self, clock, wishes } = start({ [LAUNCHER_VARIABLE]: String(NPM) });
  self.emit('SIGINT');
  self.emit('SIGINT');
  clock.ms = ECHO_WINDOW_MS;
  self.emit('SIGINT');
  self.emit('SIGINT');
  expect(wishes).toEqual(['drain', 'now']);
});

it('does not take a grandparent for its launcher', () => {
  const { self, wishes } = start({ [LAUNCHER_VARIABLE]: String(NPM + 1) });
  self.emit('SIGINT');
  self.emit('SIGINT');
  expect(wishes).toEqual(['drain', 'now']);
});

it('stops when whoever launched it is gone, and only then', () => {
  const { self, wishes } = start({ [LAUNCHER_VARIABLE]: String(NPM) });
  vi.advanceTimersByTime(10_000);
  expect(wishes).toEqual([]);
  self.ppid = 1;
  vi.advanceTimersByTime(10_000);
  expect(wishes).toEqual(['drain']);
});

it('listens no longer once closed', () => {
  const { self, wishes, requests } = start({ [LAUNCHER_VARIABLE]: String(NPM) });
  requests.close();
  self.ppid = 1;
  self.emit('SIGTERM');
  vi.advanceTimersByTime(10_000);
  expect(wishes).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
