import { expect, it } from 'vitest';
import { describeMatchers, NOT_WATCHDOG, parseLabel, parseMatcher, sparingWatchdog } from './matchers.ts';

it.each([
  ['a=b', { name: 'a', value: 'b', isRegex: false, isEqual: true }],
  ['a!=b', { name: 'a', value: 'b', isRegex: false, isEqual: false }],
  ['a=~"GPU-8d.*"', { name: 'a', value: 'GPU-8d.*', isRegex: true, isEqual: true }],
  ['a!~x|y', { name: 'a', value: 'x|y', isRegex: true, isEqual: false }],
  ['a=', { name: 'a', value: '', isRegex: false, isEqual: true }],
  ['a=b=c', { name: 'a', value: 'b=c', isRegex: false, isEqual: true }],
])('reads %s', (text, matcher) => {
  expect(parseMatcher(text)).toEqual(matcher);
  expect(parseMatcher(describeMatchers([matcher]))).toEqual(matcher);
});

it.each(['', 'a', '=b', '1a=b', 'a b=c'])('refuses %j', (text) =>
  expect(() => parseMatcher(text)).toThrow('expected name=value'),
);

it('takes only exact labels for labels', () => {
  expect(parseLabel('job=clawdbot')).toEqual(['job', 'clawdbot']);
  expect(() => parseLabel('job=~c')).toThrow('expected name=value');
});

it('leaves the sign of life alone, whatever else is silenced', () => {
  expect(sparingWatchdog([parseMatcher('severity=~.*')])).toContainEqual(NOT_WATCHDOG);
  expect(sparingWatchdog([parseMatcher('alertname=Watchdog')])).toContainEqual(NOT_WATCHDOG);
  expect(sparingWatchdog([parseMatcher('alertname=~.*')])).toContainEqual(NOT_WATCHDOG);
  expect(sparingWatchdog([parseMatcher('alertname=DiskFull')])).toHaveLength(1);
});
