import { ServiceError } from '../../../core/errors/service-error.ts';
import type { AnswerReader } from '../chat/answer-plan.ts';
import type { GenerationSink } from '../engine.ts';
import type { FinishReason } from '../protocol/generation.ts';
import { type Fate, type Faults, fateOf } from './fate.ts';
import type { Spoken } from './performance.ts';
import type { Script } from './script.ts';

/** One generation that has a slot. */
export interface Sequence {
  readonly id: number;
  readonly sink: GenerationSink;
  readonly script: Script;
  /** A chunk of the script as the answer has it; absent: as text. */
  readonly render?: (chunk: string) => Spoken;
  /** Reads thoughts and calls out of the chunks; absent: there are none. */
  readonly reader?: AnswerReader;
  /** How it ends when its script does; absent: `stop`. */
  readonly ending?: FinishReason;
  readonly limit: number;
  readonly isDoomed: boolean;
  readonly faults: () => Faults;
  sent: number;
  /** When its next token is due. */
  dueAt: number;
}

export interface LoopDeps {
  readonly tokenMs: () => number;
  readonly now: () => number;
  readonly turn: () => void;
  /** Its slot is free again. */
  readonly onEnd: (id: number) => void;
  readonly onFault: (fate: 'crash' | 'garbage') => void;
}

export interface Loop {
  add(sequence: Sequence): void;
  /** False when it is not here. */
  remove(id: number): boolean;
  /** Goes on after a hang. */
  resume(): void;
  stop(): void;
}

/** Tokens one sequence may send before the others have their turn. */
const QUANTUM = 16;
/** A loop with work goes round at least this often, also where the next token is far off: its beats must not stop. */
const LONGEST_ROUND_MS = 200;
/** Tokens of one turn: what fits into a message without making the first of them wait for the last. */
const TURN_TOKENS = 4096;

/**
 * All sequences share this one loop, as in a real engine: with a delay it wakes by one timer and sends whatever is due,
 * without one it goes round as fast as the event loop does.
 */
export const createLoop = (deps: LoopDeps): Loop => {
  const active = new Map<number, Sequence>();
  let isHung = false;
  let cancelTimer: (() => void) | undefined;
  let timerDueAt = Number.POSITIVE_INFINITY;

  const arm = (dueAt: number): void => {
    if (isHung || dueAt >= timerDueAt) return;
    cancelTimer?.();
    timerDueAt = dueAt;
    cancelTimer = callAt(dueAt - deps.now(), () => {
      timerDueAt = Number.POSITIVE_INFINITY;
      goRound();
    });
  };

  const goRound = (): void => {
    const now = deps.now();
    let budget = TURN_TOKENS;
    let nextDueAt = now + LONGEST_ROUND_MS;
    let visits = active.size;
    for (const sequence of active.values()) {
      if (visits === 0 || isHung) break;
      visits -= 1;
      if (sequence.dueAt <= now && budget > 0) {
        budget -= serve(sequence, now);
        // To the end of the line, so that whoever the budget left out is first next time.
        if (active.delete(sequence.id)) active.set(sequence.id, sequence);
      }
      if (sequence.dueAt < nextDueAt) nextDueAt = sequence.dueAt;
    }
    deps.turn();
    if (active.size > 0) arm(nextDueAt);
  };

  const serve = (sequence: Sequence, now: number): number => {
    const before = sequence.sent;
    while (sequence.dueAt <= now && sequence.sent - before < QUANTUM) {
      let fate = fateOf(progressOf(sequence), sequence.faults());
      if (fate === 'token') {
        if (!say(sequence)) break;
        fate = fateOf(progressOf(sequence), sequence.faults());
      }
      if (fate !== 'token') {
        meet(sequence, fate);
        break;
      }
    }
    return sequence.sent - before + 1;
  };

  /** False when the text reached a stop string, or the end of the answer. */
  const say = (sequence: Sequence): boolean => {
    sequence.sent += 1;
    sequence.dueAt += deps.tokenMs();
    const chunk = sequence.script.next();
    const { text, details, isEnd } = speak(sequence, chunk);
    const isWanted = sequence.sink.tokens(text, 1, details);
    if (isWanted && isEnd === true) finish(sequence, 'stop');
    if (!isWanted || isEnd === true) end(sequence);
    return isWanted && isEnd !== true;
  };

  const meet = (sequence: Sequence, fate: Exclude<Fate, 'token'>): void => {
    if (fate === 'hang' || fate === 'crash') isHung = true;
    if (fate === 'hang') return;
    if (fate === 'crash' || fate === 'garbage') deps.onFault(fate);
    else if (fate === 'fail') sequence.sink.failed(scriptedFailure(sequence.sent));
    else finish(sequence, fate);
    if (fate !== 'crash') end(sequence);
  };

  const end = ({ id }: Sequence): void => {
    active.delete(id);
    deps.onEnd(id);
  };

  return {
    add(sequence) {
      active.set(sequence.id, sequence);
      arm(Math.min(sequence.dueAt, deps.now() + LONGEST_ROUND_MS));
    },
    remove(id) {
      const sequence = active.get(id);
      // A loop that hangs hears of no cancel either: the sequence stays, and so does its slot.
      if (sequence !== undefined && !isHung) end(sequence);
      return sequence !== undefined;
    },
    resume() {
      if (!isHung) return;
      isHung = false;
      timerDueAt = Number.POSITIVE_INFINITY;
      arm(deps.now());
    },
    stop() {
      cancelTimer?.();
      active.clear();
    },
  };
};

const progressOf = ({ sent, limit, script, isDoomed }: Sequence) => ({ sent, limit, isDone: script.isDone, isDoomed });

const speak = ({ reader, render }: Sequence, chunk: string): Spoken & { readonly isEnd?: boolean } =>
  reader?.push(chunk) ?? render?.(chunk) ?? { text: chunk };

/** Sends what the reader held back, and the end. */
const finish = ({ sink, reader, ending = 'stop' }: Sequence, fate: 'stop' | 'length'): void => {
  const rest = reader?.end();
  const isNothing = rest === undefined || (rest.text === '' && rest.details === undefined);
  if (!isNothing && !sink.tokens(rest.text, 0, rest.details)) return;
  sink.finished(fate === 'stop' ? (rest?.reason ?? ending) : fate);
};

const scriptedFailure = (sent: number): ServiceError =>
  new ServiceError('ERR_ENGINE_FAILED', `the scripted engine fails after ${sent} tokens, as its options say`, {
    retryAfterSeconds: 1,
  });

/** Calls back after a time; at once means the next turn of the event loop, which a timer cannot offer. */
const callAt = (delayMs: number, callback: () => void): (() => void) => {
  if (delayMs <= 0) {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  }
  const timer = setTimeout(callback, Math.max(1, Math.ceil(delayMs)));
  return () => clearTimeout(timer);
};
