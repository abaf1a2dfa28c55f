import { expect, it } from 'vitest';
import { fieldsOf } from '../../elasticsearch/stream-fields.ts';
import { USUAL } from '../detect/clock.ts';
import { type Batch, newDetector, take } from '../detect/detector.ts';
import { keyText, type SeriesKey } from '../signals.ts';
import { documentOf, documentOfNovelty } from './document.ts';
import { ecsOf } from './sink.ts';

const ABOUT = { serviceName: 'clawdbot-anomaly', version: '0.0.0', hostname: 'box' };
const ERRORS: SeriesKey = { signal: 'errors', label: '' };

const documents = () => {
  const state = newDetector();
  const context = { intervals: USUAL, state, examples: ['the engine gave up', 'twice'], of: 'box' };
  const points = (value: number): Batch['points'] =>
    new Map([[keyText(ERRORS), { key: ERRORS, point: { value, n: 100 } }]]);
  const changes = Array.from({ length: 70 }, (_slot, slot) =>
    take(state, USUAL, { window: 'short', slot, points: points(slot < 60 || slot > 64 ? 0 : 60), isNews: true }),
  ).flat();
  const novelty = { what: 'raised', template: 'a <number>', since: 1, lines: 3, examples: ['a 1'] } as const;
  return [...changes.map((change) => documentOf(change, context)), documentOfNovelty(novelty, 3, context)];
};

/** Dotted names of all that is in it; what is free has no names of ours. */
const namesIn = (value: object, before = ''): string[] =>
  Object.entries(value).flatMap(([key, part]) => {
    const name = `${before}${key}`;
    if (part === undefined || name === 'clawdbot.anomaly.fields') return [];
    return typeof part === 'object' && part !== null && !Array.isArray(part) ? namesIn(part, `${name}.`) : [name];
  });

it('has only fields that the mapping of its stream knows', () => {
  const known = new Set(Object.keys(fieldsOf('anomaly')));
  const names = documents().flatMap((document) => namesIn(ecsOf(document, ABOUT)));
  expect([...new Set(names)].filter((name) => !known.has(name))).toEqual([]);
});

it('says what was expected and what it was, and that one ended under the id of the one that began', () => {
  const [raised, cleared, template] = documents();
  expect(raised?.anomaly).toMatchObject({
    metric: 'errors',
    state: 'raised',
    direction: 'high',
    actual: 0.6,
    expected: 0,
  });
  expect(raised?.anomaly.examples).toEqual(['the engine gave up', 'twice']);
  expect(cleared).toMatchObject({ id: raised?.id, action: 'anomaly.cleared' });
  expect(template?.message).toContain('a <number>');
});
