/** What is known of the alert that always fires. */
export interface Pulse {
  /** Milliseconds since 1970, of the last time it came; undefined: never, so nobody expects it. */
  readonly lastAt: number | undefined;
  /** What it said then of itself: it is news only where this differs. */
  readonly mark: string | undefined;
  /** When people were told that it is silent; undefined while it is not. */
  readonly toldAt: number | undefined;
  /** Since when this process has been listening without a pause. */
  readonly listeningSince: number;
  /** When it last looked. */
  readonly lookedAt: number;
}

interface Bounds {
  readonly silenceMs: number;
  readonly graceMs: number;
  readonly lookMs: number;
}

/** What there is to do, and what is known afterwards. */
export interface Look {
  readonly pulse: Pulse;
  readonly tell?: { readonly kind: 'silent' | 'back'; readonly silentMs: number };
}

/** More looks than this that did not happen: the machine was asleep, or the process stopped. */
const MISSED_LOOKS = 5;

/** How it looks now: people are told once when the alert falls silent, and once when it comes again. */
export const lookAt = (before: Pulse, now: number, { silenceMs, graceMs, lookMs }: Bounds): Look => {
  // While nobody listened, silence means nothing; nor does it after the clock was set back.
  const sinceLook = now - before.lookedAt;
  const hasSlept = sinceLook > MISSED_LOOKS * lookMs || sinceLook < 0;
  const pulse = { ...before, lookedAt: now, listeningSince: hasSlept ? now : before.listeningSince };
  if (pulse.lastAt === undefined) return { pulse };
  const silentMs = now - pulse.lastAt;
  if (pulse.toldAt !== undefined) {
    if (pulse.lastAt < pulse.toldAt) return { pulse };
    return { pulse: { ...pulse, toldAt: undefined }, tell: { kind: 'back', silentMs: pulse.lastAt - pulse.toldAt } };
  }
  const from = Math.max(pulse.lastAt, pulse.listeningSince + graceMs);
  if (now - from <= silenceMs) return { pulse };
  return { pulse: { ...pulse, toldAt: now }, tell: { kind: 'silent', silentMs } };
};
