import type { AlertName } from '../../core/config/alert-names.ts';
import type { DrillName } from '../../core/config/drill-names.ts';
import type { ProfileName } from './profile.ts';
import type { Place } from './stack/folder.ts';
import type { Settings } from './stack/merge.ts';
import type { Stack } from './stack/stack.ts';

/** What somebody is told, or what is decided. */
export type Told =
  | { readonly by: 'mail'; readonly alert: AlertName; readonly isOver?: boolean }
  /** `provider`: which of the two; default any. */
  | { readonly by: 'sms'; readonly says: string; readonly isOver?: boolean; readonly provider?: 'first' | 'second' }
  | { readonly by: 'decision'; readonly action: string; readonly outcome: string; readonly says?: string };

/** A line that the fault leaves in the logs: of which process (the folder under `logs/`, or `audit`), and what it says. */
export type LogTrace = {
  readonly of: 'gateway' | 'collectors' | 'prometheus' | 'alertmanager' | 'actions' | 'audit';
} & ({ readonly action: string } | { readonly code: string });

/** One fault, put into a service of its own that runs and is watched as it would be in earnest. */
export interface Drill {
  readonly name: DrillName;
  /** What breaks, and what is expected of the service. */
  readonly about: string;
  /** On top of the configuration that all drills share. */
  readonly settings?: (place: Place) => Settings;
  /** Requests that are sent all the time, each second. */
  readonly requestsPerSecond?: number;
  /** Why it cannot be run here. */
  readonly missing?: (profile: ProfileName) => string | undefined;
  /** Before the service starts. */
  readonly prepare?: (place: Place) => Promise<void>;
  readonly inject: (stack: Stack) => Promise<void>;
  readonly recover: (stack: Stack) => Promise<void>;
  /** Exactly these fire, the first is the one whose time is taken; none where the service mends it alone. */
  readonly alerts: readonly AlertName[];
  /** May fire as well, where the machine is slow or fast enough: consequences that say nothing new. */
  readonly symptoms?: readonly AlertName[];
  /** All of these come after the fault; the first is what its time is taken of. */
  readonly told: readonly Told[];
  /** The latest that somebody is told in the real profile. */
  readonly barMs?: number;
  /** What else must be so before the fault is taken away; answers what else was measured. */
  readonly meanwhile?: (stack: Stack) => Promise<readonly string[] | undefined>;
  /** All of these come after it has gone. */
  readonly cleared: readonly Told[];
  /** Absent where nothing of ours has a reason to write one, such as of a temperature. */
  readonly log?: LogTrace;
}
