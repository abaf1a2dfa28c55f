import { DRILL_PROFILES, type DrillProfile } from '../../core/config/drill-names.ts';
import type { Settings } from './stack/merge.ts';

export const PROFILE_NAMES = DRILL_PROFILES;
export type ProfileName = DrillProfile;

/** How long everything takes. */
export interface Profile {
  readonly name: ProfileName;
  /** In a sentence, for the report. */
  readonly about: string;
  readonly settings: Settings;
  /** Time between two scrapes. */
  readonly scrapeMs: number;
  /** Longest wait for what a fault or its end leads to. */
  readonly limitMs: number;
}

const AT_ONCE = { groupWaitMs: 0, groupIntervalMs: 500, repeatIntervalMs: 3_600_000 };

/** Everything shorter by settings alone: the same programs and the same rules. */
const FAST: Profile = {
  name: 'fast',
  about:
    'scrapes and rules every second, every `for` and window a twentieth of what is shipped, no waiting for groups of messages',
  settings: {
    prometheus: { intervalMs: 1000, resendMs: 3000 },
    alerts: { timing: { factor: 0.05 }, telemetry: { logLagMs: 6000 } },
    alertmanager: {
      ...{ email: AT_ONCE, temperature: AT_ONCE, autoscale: AT_ONCE, circuitBreak: AT_ONCE, sms: AT_ONCE },
      heartbeatMs: 1000,
    },
    actions: { tickMs: 500, deadMan: { silenceMs: 10_000, graceMs: 0 } },
  },
  scrapeMs: 1000,
  limitMs: 90_000,
};

const REAL: Profile = {
  name: 'real',
  about: 'as shipped, with a scrape every five seconds',
  settings: { prometheus: { intervalMs: 5000 } },
  scrapeMs: 5000,
  limitMs: 900_000,
};

export const PROFILES: Readonly<Record<ProfileName, Profile>> = { fast: FAST, real: REAL };
