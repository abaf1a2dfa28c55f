import type { Clock } from '../../clock.ts';
import type { ProcessOwners } from '../../process/owners.ts';
import { ProgramRunner, type StartProgram } from '../../program.ts';
import type { AcceleratorReading } from '../../reader.ts';
import type { Sample } from '../../sample.ts';
import { APPS_QUERY, readApps, readLinks, readSlices, readTraffic } from './extras.ts';

interface Options {
  readonly start: StartProgram;
  readonly clock: Clock;
  readonly command: string;
  readonly deadlineMs: number;
  readonly owners: ProcessOwners;
}

/** Starting a program costs more than reading a hundred rows of the stream. */
const APPS_INTERVAL_MS = 30_000;
const TRAFFIC_INTERVAL_MS = 30_000;
const LAYOUT_INTERVAL_MS = 60_000;

/**
 * What the rows do not tell, asked beside them and less often: memory by process, slices, NVLinks and what
 * goes over them. Asked only after a row
 * came, one at a time, so that a wedged driver holds one process of ours and not a growing number. Old answers are dropped
 * like old rows.
 */
export class SideQueries {
  readonly #given: Options;
  readonly #runner: ProgramRunner;
  readonly #apps = new Timed<readonly Sample[]>([]);
  readonly #slices = new Timed<readonly AcceleratorReading[]>([]);
  readonly #links = new Timed<readonly Sample[]>([]);
  readonly #traffic = new Timed<readonly Sample[]>([]);
  #isAsking = false;
  #isStopped = false;

  constructor(given: Options) {
    this.#given = given;
    this.#runner = new ProgramRunner(given.start, given.clock);
  }

  get slices(): readonly AcceleratorReading[] {
    return this.#slices.fresh(this.#given.clock.now(), LAYOUT_INTERVAL_MS);
  }

  samplesOf(id: string): Sample[] {
    const now = this.#given.clock.now();
    const samples = [
      ...this.#apps.fresh(now, APPS_INTERVAL_MS),
      ...this.#links.fresh(now, LAYOUT_INTERVAL_MS),
      ...this.#traffic.fresh(now, TRAFFIC_INTERVAL_MS),
    ];
    return samples.filter(({ labels }) => 'hw.id' in labels && labels['hw.id'] === id);
  }

  /** Asks for what is due, one after the other; returns at once. */
  refresh(hasSlices: boolean): void {
    if (this.#isAsking || this.#isStopped) return;
    this.#isAsking = true;
    void this.#askAll(hasSlices).finally(() => {
      this.#isAsking = false;
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#runner.stop();
  }

  async #askAll(hasSlices: boolean): Promise<void> {
    const { owners } = this.#given;
    await this.#ask(APPS_QUERY, this.#apps, APPS_INTERVAL_MS, (text) => readApps(text, owners));
    if (hasSlices) await this.#ask(['-L'], this.#slices, LAYOUT_INTERVAL_MS, readSlices);
    await this.#ask(['nvlink', '-s'], this.#links, LAYOUT_INTERVAL_MS, readLinks);
    // Most devices have no links, and none of them is asked what goes over it.
    const links = this.#links.fresh(this.#given.clock.now(), LAYOUT_INTERVAL_MS);
    if (links.length > 0) await this.#ask(['nvlink', '-gt', 'd'], this.#traffic, TRAFFIC_INTERVAL_MS, readTraffic);
  }

  async #ask<T>(args: readonly string[], into: Timed<T>, intervalMs: number, read: (text: string) => T): Promise<void> {
    const { command, deadlineMs, clock } = this.#given;
    const askedAt = clock.now();
    if (this.#isStopped || this.#runner.isBusy || !into.isDue(askedAt, intervalMs)) return;
    into.asked(askedAt);
    const run = await this.#runner.run(command, args, deadlineMs);
    if (run.kind === 'exited' && run.code === 0) into.set(askedAt, read(run.stdout));
  }
}

/** A value that is believed for two intervals. */
class Timed<T> {
  readonly #none: T;
  #value: { readonly at: number; readonly value: T } | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(none: T) {
    this.#none = none;
  }

  isDue(now: number, intervalMs: number): boolean {
    return now - this.#askedAt >= intervalMs;
  }

  asked(now: number): void {
    this.#askedAt = now;
  }

  set(at: number, value: T): void {
    this.#value = { at, value };
  }

  fresh(now: number, intervalMs: number): T {
    return this.#value !== undefined && now - this.#value.at <= 2 * intervalMs ? this.#value.value : this.#none;
  }
}
