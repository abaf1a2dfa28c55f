/** Sums up power over time for devices that count no energy. */
export class EnergyMeter {
  readonly #devices = new Map<string, { at: number; watts: number; joules: number }>();
  readonly #longestGapMs: number;

  /** A gap longer than this is no reading: nothing is invented for it. */
  constructor(longestGapMs: number) {
    this.#longestGapMs = longestGapMs;
  }

  /** Joules since the first reading of the device. */
  add(id: string, watts: number, now: number): number {
    const last = this.#devices.get(id);
    const gap = last === undefined ? 0 : now - last.at;
    const added = last === undefined || gap > this.#longestGapMs ? 0 : (((last.watts + watts) / 2) * gap) / 1000;
    const joules = (last?.joules ?? 0) + added;
    this.#devices.set(id, { at: now, watts, joules });
    return joules;
  }
}
