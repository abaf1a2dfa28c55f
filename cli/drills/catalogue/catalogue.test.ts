import { expect, it } from 'vitest';
import { DRILL_NAMES } from '../../../core/config/drill-names.ts';
import { DRILLS } from './catalogue.ts';

it('has every drill once, under a name that can be typed, with a sentence that says what breaks', () => {
  expect(new Set(DRILLS.map(({ name }) => name)).size).toBe(DRILLS.length);
  for (const { name, about } of DRILLS) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(about).toMatch(/^.{40,}\.$/);
  }
});

it('is the list of names that metrics have', () => expect(DRILLS.map(({ name }) => name)).toEqual(DRILL_NAMES));

it('expects nothing twice, and calls nothing a symptom that it demands', () => {
  for (const { name, alerts, symptoms = [] } of DRILLS) {
    const all = [...alerts, ...symptoms];
    expect(new Set(all).size, name).toBe(all.length);
  }
});

it('waits after each fault for a person, a machine or a log to say something', () => {
  for (const { name, told, cleared, meanwhile } of DRILLS) {
    expect(told.length + cleared.length > 0 || meanwhile !== undefined, name).toBe(true);
  }
});
