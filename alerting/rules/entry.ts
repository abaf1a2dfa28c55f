import type { AlertName } from '../../core/config/alert-names.ts';
import type { LogQuery, PanelKey } from '../links.ts';
import type { Tuning } from './tuning.ts';

export type Severity = 'none' | 'warning' | 'error' | 'critical';
/** What is done about it; Alertmanager routes by severity **and** action. */
export type AlertAction = 'heartbeat' | 'email' | 'page' | 'autoscale' | 'circuit-break';

/** When an alert fires: one of these where its limit is the same everywhere, else one for each limit. */
export interface Condition {
  readonly expr: string;
  /** As the description says it. */
  readonly limit: string;
  /** Tell the conditions of one alert apart. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly forMs?: number;
}

/** One alert: everything there is to know of it, but for its runbook. */
export interface Alert {
  readonly name: AlertName;
  readonly severity: Severity;
  readonly action: AlertAction;
  readonly when: (tuning: Tuning) => readonly Condition[];
  readonly forMs: number;
  /** How long it goes on after the condition has passed, against flapping. */
  readonly keepFiringForMs?: number;
  readonly summary: string;
  /** What it is, with `$value` and `{limit}`, and what to do first. */
  readonly description: string;
  /** What a machine reads of it. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly panel: PanelKey;
  readonly logs: LogQuery;
  /** Says nothing new while one of these fires in the same job: Alertmanager keeps it back. */
  readonly symptomOf?: readonly AlertName[];
  /** What brings the metric, where it is not there yet. */
  readonly awaiting?: string;
}

/** A series that is computed beforehand, named `level:metric:operation`. */
export interface Recording {
  readonly record: string;
  readonly expr: string;
  /** Tell apart what several rules record under one name. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What goes into one rule file: its series first, so that its alerts see those of the same moment. */
export interface RuleGroup {
  /** Also the name of the file. */
  readonly name: string;
  readonly about: string;
  readonly recordings: (tuning: Tuning) => readonly Recording[];
  readonly alerts: readonly Alert[];
  /** Default: as often as everything is scraped. */
  readonly everyMs?: number;
}
