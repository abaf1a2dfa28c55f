import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { StepStats } from '../protocol/messages.ts';
import { type Admission, createAdmission } from './admission.ts';
import type { CellPool } from './cell-pool.ts';
import { expectLeast, expired, refuseLate } from './deadline.ts';
import type { Decoder } from './decoder.ts';
import { noRoom, notComputed } from './failures.ts';
import { harvest } from './harvest.ts';
import { createPool } from './open-pool.ts';
import { createPace } from './pace.ts';
import { createPlanner, type Planner } from './planner.ts';
import { batchesOf, fill, lookbackOf, type Share, totalOf, variantOf, writtenOf } from './share.ts';
import { createSpeculator, NO_SPECULATION, type SpeculationOptions, type Speculator } from './speculation.ts';
import { createStepCounter } from './step-stats.ts';
import { createTask, type Running, type Task, type Work } from './task.ts';
import { createThreadTuner, type ThreadTuner } from './thread-tuner.ts';

export interface StepLoopOptions {
  readonly decoder: Decoder;
  readonly slots: number;
  /** Most threads of one step. */
  readonly threads: number;
  /** Most cells kept for prefixes nobody uses. */
  readonly idleCells: number;
  /** Memory for prefixes beyond those; absent: they are given up. */
  readonly stashBytes?: number;
  /** Absent: nothing is guessed ahead. The decoder needs an output for each guess beside those of the slots. */
  readonly speculation?: SpeculationOptions;
  /** Called after each step. */
  readonly turn: () => void;
  /** Runs a step soon, after whatever the event loop has waiting. */
  readonly schedule: (step: () => void) => void;
  readonly now: () => number;
}

export interface StepLoop {
  /** Fails it at once where its deadline cannot be kept. */
  add(work: Work): void;
  /** Frees its slot and its cells now; false when it is not here. */
  cancel(id: number): boolean;
  /** So many threads at most from the next step on. */
  limitThreads(threads: number): void;
  stats(): { readonly running: number; readonly waiting: number; readonly usedCells: number };
  /** What the steps did since the last time. */
  takeSteps(): StepStats;
  /** Drops whatever is left; takes no more steps. */
  stop(): void;
}

/** Computes all answers together, one token each per step, with prompts in what is left of the step. */
export const createStepLoop = (options: StepLoopOptions): StepLoop => new Loop(options);

class Loop implements StepLoop {
  readonly #options: StepLoopOptions;
  readonly #pool: CellPool;
  readonly #admission: Admission;
  readonly #speculator: Speculator;
  readonly #planner: Planner;
  readonly #pace = createPace();
  readonly #counter = createStepCounter();
  #isScheduled = false;
  #isStopped = false;
  #added = 0;
  #tuner: ThreadTuner;

  constructor(options: StepLoopOptions) {
    const { decoder, slots, threads, speculation = NO_SPECULATION, now } = options;
    this.#options = options;
    this.#pool = createPool(options);
    this.#tuner = createThreadTuner(threads, now);
    // Wrong guesses leave cells behind that only plain cells can give back.
    this.#speculator = createSpeculator(decoder.canCut ? speculation : NO_SPECULATION, this.#pace);
    this.#planner = createPlanner({ decoder, pool: this.#pool, pace: this.#pace, speculator: this.#speculator });
    this.#admission = createAdmission({ pool: this.#pool, slots, onStart: (...started) => this.#started(...started) });
  }

  add(work: Work): void {
    const task = createTask(work, { order: this.#added, now: this.#options.now() });
    this.#added += 1;
    const refusal = work.deadlineMs === undefined ? undefined : refuseLate(work.deadlineMs, this.#expect(task));
    if (refusal !== undefined) {
      task.sampler.free();
      return task.sink.failed(refusal);
    }
    this.#admission.enter(task);
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

  takeSteps(): StepStats {
    return this.#counter.take();
  }

  stop(): void {
    this.#isStopped = true;
    this.#admission.clear();
  }

  #expect(task: Task) {
    const { slots } = this.#options;
    const { serviceMs, answerTokens, promptMs } = this.#pace;
    return expectLeast({
      ahead: this.#admission.ahead(task),
      freeSlots: slots - this.#admission.running.length,
      slots,
      missingTokens: task.tokens.length - this.#pool.known(task.owner, task.tokens),
      limit: task.limit,
      ...{ serviceMs, answerTokens, promptMs, stepMs: this.#pace.stepMs(1) },
    });
  }

  #started(task: Task, cachedTokens: number): void {
    task.startedAt = this.#options.now();
    task.sink.started(cachedTokens);
    this.#counter.began(cachedTokens, task.tokens.length - cachedTokens);
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
    const now = this.#options.now();
    for (let late = this.#admission.expire(now); late !== undefined; late = this.#admission.expire(now)) {
      late.sink.failed(expired());
    }
    this.#admission.admit();
    const { decoder, turn } = this.#options;
    for (const batch of batchesOf(this.#share(), decoder)) {
      this.#compute(this.#stillRunning(batch));
      turn();
    }
  }

  /** Divides the next step among the running answers, and makes sure that the pool has room for it. */
  #share(): readonly Share[] {
    for (;;) {
      const wanted = this.#planner.divide(this.#admission.running);
      if (this.#pool.makeRoom(totalOf(wanted))) return this.#planner.withGuesses(wanted);
      // Those that are being written come first: they hold cells that only their end gives back.
      const writing = wanted.filter((share) => share.isWriting);
      if (writing.length > 0 && writing.length < wanted.length && this.#pool.makeRoom(writing.length)) return writing;
      if (!this.#preempt()) return this.#giveUp(wanted);
    }
  }

  #preempt(): boolean {
    const wasPossible = this.#admission.preempt();
    if (wasPossible) this.#counter.preempted();
    return wasPossible;
  }

  #giveUp(shares: readonly Share[]): readonly Share[] {
    for (const { running } of shares) this.#fail(running, noRoom());
    return [];
  }

  #compute(shares: readonly Share[]): void {
    const { decoder, now } = this.#options;
    const [only] = shares;
    if (only === undefined) return;
    const startedAt = now();
    decoder.useVariant(variantOf(only));
    const places = shares.map((share) => fill(decoder, share));
    decoder.useThreads(this.#tuner.choose(totalOf(shares), lookbackOf(shares)));
    const outcome = decoder.decode();
    if (outcome === 'done') {
      this.#measure(shares, now() - startedAt);
      return this.#harvest(shares, places);
    }
    if (outcome === 'full') return this.#makeMoreRoom(shares);
    if (shares.length === 1) return this.#fail(only.running, notComputed());
    // One of them spoils the batch: each on its own, so that the others keep their answers.
    for (const share of shares) this.#compute(this.#stillRunning([share]));
  }

  /** Another part of the same step may have found the pool full, and preempted them. */
  #stillRunning(shares: readonly Share[]): readonly Share[] {
    return shares.filter(({ running }) => this.#admission.running.includes(running));
  }

  /** The pool counted on cells that the library could not find; the next step tries again with more of them free. */
  #makeMoreRoom(shares: readonly Share[]): void {
    const wasIdle = this.#pool.idle;
    this.#pool.makeRoom(this.#pool.free + wasIdle);
    if (wasIdle > 0 || this.#preempt()) return;
    this.#giveUp(shares);
  }

  #harvest(shares: readonly Share[], places: readonly (readonly number[])[]): void {
    for (const { running, count, isWriting: isAnswer } of shares) {
      this.#pool.grow(running.holding, count);
      if (!isAnswer || running.task.written === 0) this.#pool.keep(running.holding, running.task.tokens);
    }
    const from = { decoder: this.#options.decoder, pool: this.#pool, width: shares.length };
    for (const [index, share] of shares.entries()) {
      const { goesOn, accepted } = harvest(from, share, places[index] ?? []);
      if (share.guesses.length > 0) this.#learn(share, accepted);
      const { task } = share.running;
      if (!goesOn) this.#finish(share.running);
      else if (task.shiftAt !== undefined && task.tokens.length >= task.shiftAt) this.#admission.shift(share.running);
    }
  }

  #learn({ running: { task }, guesses }: Share, accepted: number): void {
    this.#speculator.learn(task, guesses.length, accepted);
    this.#counter.guessed(accepted, guesses.length - accepted);
  }

  #measure(shares: readonly Share[], ms: number): void {
    const outputs = writtenOf(shares);
    const promptTokens = totalOf(shares) - outputs;
    this.#tuner.observe(ms);
    this.#pace.observe({ ms, outputs, promptTokens });
    this.#counter.step({ sequences: shares.length, promptTokens, answerTokens: outputs, ms });
  }

  #finish(running: Running): void {
    const { startedAt, written } = running.task;
    if (startedAt !== undefined && written > 0) this.#pace.finish(this.#options.now() - startedAt, written);
    this.#admission.end(running, { isSound: true });
  }

  #fail(running: Running, error: ServiceError): void {
    running.task.sink.failed(error);
    this.#admission.end(running, { isSound: false });
  }
}
