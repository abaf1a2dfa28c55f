import type { Clock } from '../../clock.ts';
import type { ProcessOwners } from '../../process/owners.ts';
import { ProgramRunner, type StartProgram } from '../../program.ts';
import { type AcceleratorReading, PROGRAM_INTERVAL_MS } from '../../reader.ts';
import type { Sample } from '../../sample.ts';
import { APPS_QUERY, readApps, readLinks, readSlices } from './extras.ts';

interface Options {
  readonly start: StartProgram;
  readonly clock: Clock;
  readonly command: string;
  readonly deadlineMs: number;
  readonly owners: ProcessOwners;
}

const LAYOUT_INTERVAL_MS = 60_000;

/**
 * What the rows do not tell, asked beside them and less often: memory by process, slices, NVLinks. Asked only after a row
 * came, one at a time, so that a wedged driver holds one process of ours and not a growing number. Old answers are dropped
 * like old rows.
 */
export class SideQueries {
  readonly #given: Options;
  readonly #runner: ProgramRunner;
  #apps = new Timed<readonly Sample[]>([]);
  #slices = new Timed<readonly AcceleratorReading[]>([]);
  #links = new Timed<readonly Sample[]>([]);
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
    const samples = [...this.#apps.fresh(now, PROGRAM_INTERVAL_MS), ...this.#links.fresh(now, LAYOUT_INTERVAL_MS)];
    return samples.filter(({ labels }) => 'hw.id' in labels && labels['hw.id'] === id);
  }

  /** Asks for what is due; returns at once. */
  refresh(hasSlices: boolean): void {
    if (this.#runner.isBusy || this.#isStopped) return;
    const now = this.#given.clock.now();
    if (this.#apps.isDue(now, PROGRAM_INTERVAL_MS)) {
      void this.#ask(APPS_QUERY, (text) => this.#apps.set(now, readApps(text, this.#given.owners)));
      this.#apps.asked(now);
    } else if (hasSlices && this.#slices.isDue(now, LAYOUT_INTERVAL_MS)) {
      void this.#ask(['-L'], (text) => this.#slices.set(now, readSlices(text)));
      this.#slices.asked(now);
    } else if (this.#links.isDue(now, LAYOUT_INTERVAL_MS)) {
      void this.#ask(['nvlink', '-s'], (text) => this.#links.set(now, readLinks(text)));
      this.#links.asked(now);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#runner.stop();
  }

  async #ask(args: readonly string[], take: (text: string) => void): Promise<void> {
    const { command, deadlineMs } = this.#given;
    const run = await this.#runner.run(command, args, deadlineMs);
    if (run.kind === 'exited' && run.code === 0) take(run.stdout);
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
