import { ServiceError } from '../../../core/errors/service-error.ts';
import { createAdmission } from './admission.ts';
import { type CellPool, createCellPool } from './cell-pool.ts';
import type { Decoder } from './decoder.ts';
import { deliver } from './deliver.ts';
import { planStep, promptBudget } from './plan.ts';
import { createTask, leftOf, type Running, type Work } from './task.ts';
import { createThreadTuner, type ThreadTuner } from './thread-tuner.ts';

export interface StepLoopOptions {
  readonly decoder: Decoder;
  readonly slots: number;
  /** Most threads of one step. */
  readonly threads: number;
  /** Most cells kept for prefixes nobody uses. */
  readonly idleCells: number;
  /** Called after each step. */
  readonly turn: () => void;
  /** Runs a step soon, after whatever the event loop has waiting. */
  readonly schedule: (step: () => void) => void;
  readonly now: () => number;
}

export interface StepLoop {
  add(work: Work): void;
  /** Frees its slot and its cells now; false when it is not here. */
  cancel(id: number): boolean;
  /** So many threads at most from the next step on. */
  limitThreads(threads: number): void;
  stats(): { readonly running: number; readonly waiting: number; readonly usedCells: number };
  /** Drops whatever is left; takes no more steps. */
  stop(): void;
}

/** How much a new measurement counts against those before it. */
const NEW_WEIGHT = 0.2;
/** Fewer prompt tokens than this say nothing about their price. */
const TELLING_TOKENS = 16;

/** Computes all answers together, one token each per step, with prompts in what is left of the step. */
export const createStepLoop = (options: StepLoopOptions): StepLoop => new Loop(options);

/** Part of a batch: so many tokens of one answer. */
interface Share {
  readonly running: Running;
  readonly count: number;
}

class Loop implements StepLoop {
  readonly #options: StepLoopOptions;
  readonly #pool: CellPool;
  readonly #admission;
  #isScheduled = false;
  #isStopped = false;
  #msPerPromptToken: number | undefined;
  #tuner: ThreadTuner;

  constructor(options: StepLoopOptions) {
    this.#options = options;
    this.#pool = createCellPool(options);
    this.#tuner = createThreadTuner(options.threads, options.now);
    this.#admission = createAdmission({ pool: this.#pool, slots: options.slots });
  }

  add(work: Work): void {
    this.#admission.enter(createTask(work));
    this.#wake();
  }

  cancel(id: number): boolean {
    const wasHere = this.#admission.leave(id);
    this.#wake();
    return wasHere;
  }

  limitThreads(threads: number): void {
    this.#tuner = createThreadTuner(threads, this.#options.now);
  }

  stats() {
    const { running, waiting } = this.#admission;
    const usedCells = this.#options.decoder.cells - this.#pool.free - this.#pool.idle;
    return { running: running.length, waiting, usedCells };
  }

  stop(): void {
    this.#isStopped = true;
    this.#admission.clear();
  }

  #wake(): void {
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    this.#options.schedule(() => {
      this.#isScheduled = false;
      if (this.#isStopped) return;
      this.#step();
      if (this.#admission.running.length + this.#admission.waiting > 0) this.#wake();
    });
  }

  #step(): void {
    this.#admission.admit();
    const shares = this.#share();
    if (shares.length > 0) this.#compute(shares);
    this.#options.turn();
  }

  /** Divides the next step among the running answers, and makes sure that the pool has room for it. */
  #share(): Share[] {
    for (;;) {
      const { running } = this.#admission;
      const { batchTokens } = this.#options.decoder;
      const demands = running.map((entry) => ({ left: leftOf(entry), order: entry.order }));
      const promptTokens = promptBudget(this.#msPerPromptToken, batchTokens);
      const plan = planStep(demands, { batchTokens, promptTokens });
      const shares = running.map((entry, index) => ({ running: entry, count: plan[index] ?? 0 }));
      const wanted = shares.filter(({ count }) => count > 0);
      if (this.#pool.makeRoom(totalOf(wanted))) return wanted;
      // Those that are being written come first: they hold cells that only their end gives back.
      const writing = wanted.filter(({ running: entry }) => leftOf(entry) === 1);
      if (writing.length > 0 && writing.length < wanted.length && this.#pool.makeRoom(writing.length)) return writing;
      if (!this.#admission.preempt()) return this.#giveUp(wanted);
    }
  }

  #giveUp(shares: readonly Share[]): Share[] {
    for (const { running } of shares) this.#fail(running, noRoom());
    return [];
  }

  #compute(shares: readonly Share[]): void {
    const startedAt = this.#options.now();
    const places = this.#fill(shares);
    this.#options.decoder.useThreads(this.#tuner.choose(totalOf(shares)));
    const outcome = this.#options.decoder.decode();
    if (outcome === 'done') {
      this.#measure(shares, this.#options.now() - startedAt);
      return this.#harvest(shares, places);
    }
    if (outcome === 'full') return this.#makeMoreRoom(shares);
    const [only] = shares;
    if (only !== undefined && shares.length === 1) this.#fail(only.running, notComputed());
    else this.#computeApart(shares);
  }

  /** The pool counted on cells that the library could not find; the next step tries again with more of them free. */
  #makeMoreRoom(shares: readonly Share[]): void {
    const wasIdle = this.#pool.idle;
    this.#pool.makeRoom(this.#pool.free + wasIdle);
    if (wasIdle > 0 || this.#admission.preempt()) return;
    this.#giveUp(shares);
  }

  /** One of them spoils the batch: each on its own, so that the others keep their answers. */
  #computeApart(shares: readonly Share[]): void {
    for (const share of shares) this.#compute([share]);
  }

  /** Returns for each share the place of its output, where it has one. */
  #fill(shares: readonly Share[]): (number | undefined)[] {
    return shares.map(({ running: { task, holding }, count }) => {
      let place: number | undefined;
      for (let at = holding.length; at < holding.length + count; at += 1) {
        const isSampled = at === task.tokens.length - 1;
        const added = this.#options.decoder.add({
          token: task.tokens[at] ?? 0,
          position: at,
          sequence: holding.slot,
          isSampled,
        });
        if (isSampled) place = added;
      }
      return place;
    });
  }

  #harvest(shares: readonly Share[], places: readonly (number | undefined)[]): void {
    for (const { running, count } of shares) {
      const isPrompt = leftOf(running) > 1 || running.task.written === 0;
      this.#pool.grow(running.holding, count);
      if (isPrompt) this.#pool.keep(running.holding, running.task.tokens);
    }
    for (const [index, { running }] of shares.entries()) {
      const place = places[index];
      if (place !== undefined && !deliver(running.task, running.task.sampler.sample(place))) {
        this.#admission.end(running, { isSound: true });
      }
    }
  }

  #measure(shares: readonly Share[], stepMs: number): void {
    this.#tuner.observe(stepMs);
    const tokens = totalOf(shares);
    if (tokens - shares.length < TELLING_TOKENS) return;
    const measured = stepMs / tokens;
    const known = this.#msPerPromptToken ?? measured;
    this.#msPerPromptToken = known + (measured - known) * NEW_WEIGHT;
  }

  #fail(running: Running, error: ServiceError): void {
    running.task.sink.failed(error);
    this.#admission.end(running, { isSound: false });
  }
}

const totalOf = (shares: readonly Share[]): number => shares.reduce((sum, { count }) => sum + count, 0);

const noRoom = (): ServiceError =>
  new ServiceError('ERR_ENGINE_FAILED', 'the key-value memory has no room for this request alone; raise kvTokens');

const notComputed = (): ServiceError =>
  new ServiceError('ERR_ENGINE_FAILED', 'llama.cpp could not compute this request; others go on');
