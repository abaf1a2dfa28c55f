import { isAbsence } from '../../files.ts';
import { type Answer, Patience } from '../../patience.ts';
import { withoutImplausible } from '../../plausible.ts';
import type { AcceleratorReading, CollectorContext, ReadOutcome } from '../../reader.ts';
import { sample } from '../../sample.ts';
import type { EnergyMeter } from '../energy.ts';
import { type Card, type CardIdentity, identifyCard, measureCard } from './card.ts';
import type { AmdOptions } from './plugin.ts';

type Outcome = ReadOutcome<readonly AcceleratorReading[]>;
type Context = Pick<CollectorContext, 'clock' | 'files' | 'log'>;

/** Cards that hold up a thread each before the others are no longer looked at. */
const MOST_HANGING = 2;

/** All AMD cards of the machine, one after the other: one that hangs has failed and costs the others nothing. */
export class Cards {
  readonly #options: AmdOptions;
  readonly #context: Context;
  readonly #energy: EnergyMeter;
  readonly #patience: Patience;
  /** By folder. */
  readonly #known = new Map<string, CardIdentity>();
  readonly #unreadable = new Set<string>();

  constructor(options: AmdOptions, context: Context, energy: EnergyMeter) {
    this.#options = options;
    this.#context = context;
    this.#energy = energy;
    // All that may hang at once, and time to spare, within one deadline.
    const ms = options.deadlineMs / (2 * MOST_HANGING);
    this.#patience = new Patience({ clock: context.clock, ms, most: MOST_HANGING });
  }

  async read(): Promise<Outcome> {
    const { folder } = this.#options;
    let names: readonly string[];
    try {
      names = await this.#context.files.list(folder);
    } catch (error) {
      return withoutFolder(folder, error);
    }
    const dirs = names.filter((name) => /^card\d+$/.test(name)).map((name) => `${folder}/${name}`);
    for (const dir of this.#known.keys()) if (!dirs.includes(dir)) this.#known.delete(dir);
    const reading: AcceleratorReading[] = [];
    const late: (Answer<unknown> & { readonly kind: 'late' })[] = [];
    let implausible = 0;
    for (const dir of dirs.sort()) {
      const answer = await this.#patience.ask(dir, () => this.#readCard(dir));
      if (answer.kind === 'late') {
        late.push(answer);
        const known = this.#known.get(dir);
        if (known !== undefined) reading.push({ ...withoutBus(known), health: 'failed', samples: [] });
      } else if (answer.value !== undefined) {
        const { card, dropped } = this.#check(answer.value);
        implausible += dropped;
        reading.push(card);
      }
    }
    if (late.length > 0 && late.length >= reading.length) return hanging(late);
    if (reading.length === 0) return { kind: 'absent', why: `no AMD card in ${folder}` };
    return { kind: 'read', reading, implausible };
  }

  async #readCard(dir: string): Promise<Card | undefined> {
    const { files } = this.#context;
    const identity = await identifyCard(files, dir, this.#known.get(dir));
    if (identity === undefined) return undefined;
    this.#known.set(dir, identity);
    return measureCard(files, dir, identity);
  }

  /** The card as it can be, with the energy that its power sums up to where it counts none. */
  #check({ unreadable, ...card }: Card): { readonly card: AcceleratorReading; readonly dropped: number } {
    for (const file of unreadable) this.#noteUnreadable(file);
    const { samples, dropped } = withoutImplausible(card.samples);
    const power = samples.find(({ key }) => key === 'power')?.value;
    if (power === undefined || samples.some(({ key }) => key === 'energy')) {
      return { card: { ...card, samples }, dropped };
    }
    const joules = this.#energy.add(card.id, power, this.#context.clock.now());
    const summed = sample('energy', joules, { 'hw.id': card.id, 'hw.type': 'gpu' });
    return { card: { ...card, samples: [...samples, summed] }, dropped };
  }

  #noteUnreadable(file: string): void {
    if (this.#unreadable.has(file)) return;
    this.#unreadable.add(file);
    this.#context.log.warn('amd.value_unreadable', { labels: { file } }, `amd: ${file} holds no number`);
  }
}

const withoutBus = ({ bus: _bus, ...what }: CardIdentity) => what;

const withoutFolder = (folder: string, error: unknown): Outcome => {
  if (!isAbsence(error)) return { kind: 'failed', reason: 'other', detail: `${folder}: ${String(error)}` };
  const isForbidden = error instanceof Error && 'code' in error && error.code === 'EACCES';
  return { kind: 'absent', why: isForbidden ? `we may not read ${folder}` : `no AMD card in ${folder}` };
};

/** None of the cards answers. */
const hanging = (late: readonly { readonly isNew: boolean }[]): Outcome =>
  late.some(({ isNew }) => isNew)
    ? { kind: 'failed', reason: 'deadline', detail: 'the cards do not answer' }
    : { kind: 'failed', reason: 'stuck', detail: 'the cards have not answered an earlier question' };
