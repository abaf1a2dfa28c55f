import type { Intervals } from '../detect/clock.ts';
import { maskedWords } from './mask.ts';
import { type Miner, mine, newMiner, type Template } from './miner.ts';

/** One line of a log, redacted as it was written. */
export interface LogLine {
  readonly level: string;
  readonly service: string;
  /** `event.action`. */
  readonly action: string;
  readonly message: string;
  readonly errorCode: string;
}

/** A kind of error that is new, until it is known or raised. */
interface Candidate {
  readonly id: number;
  readonly since: number;
  lines: number;
  /** The first few, as they were written. */
  readonly examples: string[];
  /** As it was called when it was raised, whatever is learnt of it later. */
  raisedAs?: string;
  lastSlot: number;
}

export interface NoveltyState {
  readonly miner: Miner;
  readonly candidates: Map<number, Candidate>;
  /** Slots in which the log was read. */
  known: number;
}

/** A kind of error that was never there before, or one that has ended. */
export interface Novelty {
  readonly what: 'raised' | 'cleared';
  readonly template: string;
  readonly since: number;
  readonly lines: number;
  readonly examples: readonly string[];
}

/** A line that comes once is an accident, and known from then on. */
const ENOUGH_LINES = 3;
const EXAMPLES = 3;
const WARM_UPS = 4;
const MOST_CANDIDATES = 64;
/** Long intervals in which the lines must come, and after which it has ended. */
const LONG_INTERVALS = 2;

export const newNovelty = (): NoveltyState => ({ miner: newMiner(), candidates: new Map(), known: 0 });

/** Takes the error lines of one short interval; answers what is new. Changes `state`. */
export const takeLines = (
  state: NoveltyState,
  intervals: Intervals,
  { slot, lines, isNews }: { readonly slot: number; readonly lines: readonly LogLine[]; readonly isNews: boolean },
): Novelty[] => {
  const parts = intervals.longMs / intervals.shortMs;
  // A day, because what fails at noon may not fail at night; less only where everything is shorter.
  const isWarm = state.known >= Math.min(intervals.day, WARM_UPS * intervals.warmUp) * parts;
  state.known += 1;
  const found: Novelty[] = [];
  for (const line of lines) {
    const { service, action, errorCode, message } = line;
    const head = `${service} ${action} ${errorCode}`.trim();
    const template = mine(state.miner, { head, words: maskedWords(message) }, slot);
    const candidate = candidateOf(state, template, { slot, isWarm: isWarm && isNews });
    if (candidate === undefined) continue;
    candidate.lines += 1;
    candidate.lastSlot = slot;
    if (candidate.examples.length < EXAMPLES) candidate.examples.push(line.message);
    if (candidate.raisedAs !== undefined || candidate.lines < ENOUGH_LINES) continue;
    candidate.raisedAs = `${template.head}: ${template.words.join(' ')}`;
    found.push(noveltyOf('raised', candidate, candidate.raisedAs));
  }
  return [...found, ...ended(state, slot, LONG_INTERVALS * parts)];
};

/** What is said of the raised ones, for whoever counts them. */
export const raisedTemplates = ({ candidates }: NoveltyState): number =>
  [...candidates.values()].filter(({ raisedAs }) => raisedAs !== undefined).length;

const candidateOf = (
  { candidates }: NoveltyState,
  template: Template,
  { slot, isWarm }: { readonly slot: number; readonly isWarm: boolean },
): Candidate | undefined => {
  const known = candidates.get(template.id);
  if (known !== undefined || template.lines > 1 || !isWarm || candidates.size >= MOST_CANDIDATES) return known;
  const candidate: Candidate = { id: template.id, since: slot, lines: 0, examples: [], lastSlot: slot };
  candidates.set(template.id, candidate);
  return candidate;
};

/** Those that did not come often enough in time are known; those that were raised have ended when they stay away. */
const ended = ({ candidates }: NoveltyState, slot: number, patience: number): Novelty[] => {
  const gone = [...candidates.values()].filter(({ raisedAs, since, lastSlot }) =>
    raisedAs === undefined
      ? slot - since >= patience
      : slot - lastSlot >= patience || slot - since >= ACCEPTED * patience,
  );
  for (const { id } of gone) candidates.delete(id);
  return gone.flatMap((candidate) =>
    candidate.raisedAs === undefined ? [] : [noveltyOf('cleared', candidate, candidate.raisedAs)],
  );
};

/** A day: what goes on for longer is known by then. */
const ACCEPTED = 48;

const noveltyOf = (what: Novelty['what'], { since, lines, examples }: Candidate, template: string): Novelty => ({
  ...{ what, template, since, lines },
  examples: [...examples],
});
