import { expect, it } from 'vitest';
import type { AnomalyDocument } from './document.ts';
import { createPublisher, MOST_WAITING } from './publish.ts';
import type { Written } from './sink.ts';

const document = (id: string): AnomalyDocument => ({
  ...{ id, at: 0, action: 'anomaly.raised', message: 'errors: unusual', anomaly: { metric: 'errors' } },
});

/** A store that does what it is told, one answer for each batch. */
const start = (outbox: AnomalyDocument[] = []) => {
  const answers: (readonly Written[] | 'away')[] = [];
  const sent: { readonly ids: readonly string[]; readonly mayBeThere: boolean | undefined }[] = [];
  const kept: string[] = [];
  const events: string[] = [];
  const counted: string[] = [];
  const note = (event: string): void => void events.push(event);
  const close = async () => undefined;
  const publisher = createPublisher({
    outbox,
    log: { info: note, warn: note, error: note, debug: note } as never,
    telemetry: { counter: (_key, labels) => void counted.push(Object.values(labels ?? {}).join(' ')) },
    file: {
      ...{ name: 'file', close },
      async write(documents) {
        kept.push(...documents.map(({ id }) => id));
        return documents.map(() => 'written' as const);
      },
    },
    store: {
      ...{ name: 'elasticsearch', close },
      async write(documents, options) {
        sent.push({ ids: documents.map(({ id }) => id), mayBeThere: options?.mayBeThere });
        const answer = answers.shift() ?? documents.map(() => 'written' as const);
        if (answer === 'away') throw new Error('away');
        return answer;
      },
    },
  });
  return { ...publisher, answers, sent, kept, events, counted, outbox };
};

it('writes to the file at once, and to the store what it has not taken yet, saying once that it is away and once that it is back', async () => {
  const { publish, deliver, answers, sent, kept, events, outbox } = start();
  answers.push('away', 'away');
  publish(document('a'));
  expect(kept).toEqual(['a']);
  await deliver();
  publish(document('b'));
  await deliver();
  expect(outbox).toHaveLength(2);
  await deliver();
  expect(outbox).toEqual([]);
  expect(sent).toEqual([
    { ids: ['a'], mayBeThere: false },
    { ids: ['a', 'b'], mayBeThere: true },
    { ids: ['a', 'b'], mayBeThere: true },
  ]);
  expect(events.filter((event) => event.startsWith('documents.'))).toEqual([
    'documents.waiting',
    'documents.delivered',
  ]);
});

it('looks first whether what an earlier life left is there', async () => {
  const { deliver, sent } = start([document('a')]);
  await deliver();
  expect(sent).toEqual([{ ids: ['a'], mayBeThere: true }]);
});

it('keeps what the store is too busy for, and gives up what it will never take', async () => {
  const { publish, deliver, answers, counted, outbox } = start();
  answers.push(['written', 'later', { refused: '400: no' }], ['later']);
  for (const id of ['a', 'b', 'c']) publish(document(id));
  await deliver();
  expect(outbox.map(({ id }) => id)).toEqual(['b']);
  expect(counted.filter((labels) => labels.startsWith('elasticsearch'))).toEqual([
    'elasticsearch written',
    'elasticsearch failed',
  ]);
});

it('holds no more than its bound; the oldest go, and are in the file', async () => {
  const { publish, kept, outbox } = start();
  for (let at = 0; at < MOST_WAITING + 5; at += 1) publish(document(`${at}`));
  expect(outbox).toHaveLength(MOST_WAITING);
  expect(outbox[0]?.id).toBe('5');
  expect(kept).toHaveLength(MOST_WAITING + 5);
});
