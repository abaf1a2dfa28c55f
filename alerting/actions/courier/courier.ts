import { createHash } from 'node:crypto';
import type { MessagesConfig } from '../../../core/config/schema-notifiers.ts';
import type { ActionContext, Outcome } from '../action.ts';
import type { Note } from '../notifier/notifier.ts';
import { composeText, headOf } from '../notifier/wording.ts';
import { type CountedOutcome, createDelivery, type Way } from './delivery.ts';
import { fallOver, type Reach } from './fall-over.ts';
import { afterTelling, decideTelling } from './incident.ts';
import { type Attempted, openMemory } from './memory.ts';

/** Something that people should know. */
export interface Telling {
  readonly incident: string;
  readonly status: 'firing' | 'resolved';
  readonly severity: string;
  readonly title: string;
  readonly text: string;
  readonly url?: string;
  readonly isTest?: boolean;
}

/** Tells people, once, by the first way that works. */
export interface Courier {
  /** Never rejects for a way that failed; the reason names no person. */
  tell(telling: Telling, signal: AbortSignal): Promise<Outcome>;
}

interface Options extends Pick<ActionContext, 'state' | 'now' | 'log' | 'email'> {
  readonly ways: readonly Way[];
  readonly messages: MessagesConfig;
  readonly count: (notifier: string, outcome: CountedOutcome | 'undelivered') => void;
}

/** Names in `clawdbot.notifications` that no notifier has. */
export const EMAIL = 'email';
export const EVERY = 'every';

/** One courier for one process: it remembers what it told. */
export const createCourier = (options: Options): Courier => {
  const { ways, messages, state, now, log, count, email } = options;
  const memory = openMemory({ state, now, log });
  const deliver = createDelivery({
    ...{ memory, now, log, count },
    timeoutMs: messages.timeoutMs,
    perHour: messages.perRecipientPerHour,
  });
  const turns = new Map<string, Promise<unknown>>();

  const decide = (telling: Telling, digest: string) => {
    const { told, open } = memory.incident(telling.incident) ?? {};
    // What was begun goes on: after a crash nobody knows more than that it was wanted.
    if (open?.digest === digest) return { tell: open.phase } as const;
    return decideTelling(told, { ...telling, digest }, messages, now());
  };

  const attemptsOf = (incident: string, digest: string, phase: Note['phase']) => {
    const { told, open } = memory.incident(incident) ?? {};
    const attempted = new Map<string, Attempted>(open?.digest === digest ? Object.entries(open.attempted) : []);
    const keep = () =>
      memory.remember(incident, {
        ...(told === undefined ? {} : { told }),
        open: { digest, phase, attempted: Object.fromEntries(attempted) },
      });
    return {
      get: (key: string) => attempted.get(key),
      set(key: string, value: Attempted) {
        attempted.set(key, value);
        keep();
      },
      hasDoubts: () => [...attempted.values()].some(({ doubts }) => doubts > 0),
    };
  };

  const close = async (telling: Telling, digest: string, phase: Note['phase']): Promise<void> => {
    const told = memory.incident(telling.incident)?.told;
    memory.remember(telling.incident, { told: afterTelling(told, phase, { ...telling, digest }, now()) });
    await memory.save();
  };

  const tellByMail = async (note: Note, reach: Reach, signal: AbortSignal): Promise<Outcome> => {
    const subject = `[Clawdbot] ${headOf(note)}: ${note.title}`;
    const why = reach.failures.map(describe).join('\n');
    const text = `${composeText(note, () => true)}\n\n${why}\n`;
    const outcome = await email({ key: note.id, subject, text }, signal);
    count(EMAIL, outcome.outcome === 'done' ? 'delivered' : outcome.outcome === 'retry' ? 'busy' : 'rejected');
    return outcome;
  };

  const tell = async (telling: Telling, signal: AbortSignal): Promise<Outcome> => {
    const digest = hashOf([telling.status, telling.severity, telling.title, telling.text]);
    const decision = decide(telling, digest);
    if ('reason' in decision)
      return { outcome: decision.tell === 'later' ? 'retry' : 'nothing', reason: decision.reason };
    const note = noteOf(telling, decision.tell, digest, messages.language);
    const attempts = attemptsOf(telling.incident, digest, note.phase);
    const reach = await fallOver({ ways, deliver, note, attempts, signal });
    if (reach.by.length > 0) {
      await close(telling, digest, note.phase);
      return { outcome: 'done', reason: describeReach(reach), details: detailsOf(note, reach) };
    }
    if (reach.failures.length > 0 && reach.failures.every(({ result }) => result.kind === 'limited'))
      return { outcome: 'nothing', reason: `${messages.perRecipientPerHour} messages within an hour are the limit` };
    const mail = signal.aborted ? undefined : await tellByMail(note, reach, signal);
    if (mail?.outcome === 'done') {
      await close(telling, digest, note.phase);
      return { outcome: 'done', reason: `by e-mail only: ${summary(reach)}`, details: detailsOf(note, reach) };
    }
    return undelivered(telling, { note, reach, mail, digest, hasDoubts: attempts.hasDoubts() });
  };

  const undelivered = async (
    telling: Telling,
    {
      note,
      reach,
      mail,
      digest,
      hasDoubts,
    }: { note: Note; reach: Reach; mail: Outcome | undefined; digest: string; hasDoubts: boolean },
  ): Promise<Outcome> => {
    const reason = `nobody was told: ${summary(reach)}; e-mail: ${mail?.reason ?? 'not tried, the time was up'}`;
    count(EVERY, 'undelivered');
    log.error('message.undelivered', { labels: { phase: note.phase, severity: note.severity } }, reason);
    const mayRepeat = mail === undefined || mail.outcome === 'retry' || reach.failures.some(isWorthRepeating);
    if (mayRepeat) return { outcome: 'retry', reason, details: detailsOf(note, reach) };
    // It may have arrived after all: then its end is worth telling too.
    if (hasDoubts) await close(telling, digest, note.phase);
    return { outcome: 'failed', reason, details: detailsOf(note, reach) };
  };

  return {
    tell(telling, signal) {
      if (ways.length === 0)
        return Promise.resolve({ outcome: 'nothing', reason: 'actions.notifiers names nobody to tell' });
      // Two of one incident at once could both be its first.
      const before = turns.get(telling.incident) ?? Promise.resolve();
      const turn = before.then(
        () => tell(telling, signal),
        () => tell(telling, signal),
      );
      turns.set(telling.incident, turn);
      const done = () => {
        if (turns.get(telling.incident) === turn) turns.delete(telling.incident);
      };
      turn.then(done, done);
      return turn;
    },
  };
};

const hashOf = (parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

const noteOf = (telling: Telling, phase: Note['phase'], digest: string, language: Note['language']): Note => {
  const { incident, severity, title, text, url, isTest = false } = telling;
  const id = hashOf([incident, phase, digest]);
  return { id, incident, phase, severity, title, text, isTest, language, ...(url === undefined ? {} : { url }) };
};

type Failure = Reach['failures'][number];

const isWorthRepeating = ({ result }: Failure): boolean => result.kind === 'busy' || result.kind === 'doubtful';

const describe = ({ way, result }: Failure): string =>
  `${way}: ${'reason' in result ? result.reason : 'the limit of messages within an hour'}`;

const summary = ({ failures }: Reach): string => [...new Set(failures.map(describe))].join('; ');

const describeReach = (reach: Reach): string => {
  const lack = reach.missing === 0 ? '' : `, but ${reach.missing} not reached`;
  const why = reach.failures.length === 0 ? '' : ` (${summary(reach)})`;
  return `told by ${reach.by.join(' and ')}${lack}${why}`;
};

const detailsOf = (note: Note, { by, missing }: Reach) => ({
  phase: note.phase,
  notifiers: by.join(','),
  missing,
});
