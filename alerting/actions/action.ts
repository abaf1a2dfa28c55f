import type { DataPaths } from '../../core/config/paths.ts';
import type { WayOut } from '../../core/egress/way-out.ts';
import type { Plugin, Started } from '../../core/plugins/plugin.ts';
import type { Logger } from '../../core/telemetry/log.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.ts';

/** One alert of Alertmanager's webhook, version 4; fields that nobody here reads are left out. */
export interface Alert {
  /** Alertmanager's own name of this set of labels. */
  readonly fingerprint: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
}

/**
 * What a row of the policy asks an action for. Made durable before Alertmanager gets its 2xx, done until it has an outcome.
 * A repeat of an alert that still fires is the same fact and no task: whoever acts on a level, step by step, asks `firing`
 * at its ticks. Of one incident `resolved` comes after `firing` has its outcome, and only where there was one.
 */
export interface Task {
  /** The same for every delivery of the same fact: action, receiver, fingerprint, start and status. */
  readonly id: string;
  /** The same while an incident lasts, for its updates and for its end. */
  readonly incident: string;
  readonly status: 'firing' | 'resolved';
  /** The alert; empty where the service itself has something to say. */
  readonly alerts: readonly Alert[];
  /** What it has to say, for the actions that tell people. */
  readonly notice?: Notice;
  /**
   * 1 at first. A later attempt follows one that asked to be repeated or whose end nobody saw (a crash, a deadline): what it
   * did may have had its effect.
   */
  readonly attempt: number;
  /** Milliseconds since 1970, when the webhook came. */
  readonly receivedAt: number;
  /** Decide and record, but change nothing. */
  readonly dryRun: boolean;
  /** The row's own bounds, checked by the action's schema when the configuration was loaded. */
  readonly bounds: unknown;
  /** The span of the webhook that asked for it, as W3C Trace Context has it; absent where nothing is traced. */
  readonly traceparent?: string;
}

/** How a task ended: `retry` is asked again with back-off, everything else is final. */
export interface Outcome {
  readonly outcome: 'done' | 'nothing' | 'dry_run' | 'retry' | 'failed';
  /** A sentence for the person on call: what was done, or why nothing was. */
  readonly reason: string;
  /** Numbers and names behind it; no secrets, no addresses of people. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/** A decision as it is written down: an audit line, a metric and a row of `clawdbot actions list`. */
export interface Decision extends Outcome {
  readonly action: string;
  /** Absent for what an action decides by itself, such as scaling in. */
  readonly incident?: string;
}

/** What an action may keep over restarts of its process: JSON values by key, durable when the promise settles. */
export interface ActionState {
  get(key: string): unknown;
  put(key: string, value: unknown): Promise<void>;
}

/** Said by the service itself, to people: through the notifiers and by e-mail, best effort and recorded. */
export interface Notice {
  readonly severity: 'info' | 'warning' | 'critical';
  readonly title: string;
  readonly text: string;
  /** Notices of one incident may be put together. */
  readonly incident?: string;
}

/** The service as an action sees it from outside its processes. */
export interface GatewayView {
  /** A request to the gateway's API with a credential of scopes `admin` and `metrics`; throws when it cannot be reached. */
  ask(method: 'GET' | 'PUT' | 'POST', path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  /** `/api/v1/health/ready` over a fresh connection, without a credential. */
  probe(signal: AbortSignal): Promise<'ready' | 'not_ready' | 'unreachable'>;
}

/** A value that Prometheus has now. */
export interface Measured {
  /** May be NaN or infinite, as in Prometheus. */
  readonly value: number;
  /** Since it was scraped or computed by a rule, where the query is a plain selector; of any other expression 0. */
  readonly ageMs: number;
}

/** An alert that fires now, as far as Alertmanager has told, of a row of the policy that names the action. */
export interface Firing {
  readonly alert: Alert;
  readonly incident: string;
  /** Milliseconds since 1970: when it was first and last told; Alertmanager repeats at its `repeat_interval`. */
  readonly firstAt: number;
  readonly seenAt: number;
  readonly dryRun: boolean;
  readonly bounds: unknown;
}

/** A letter of the service itself. */
export interface Mail {
  /** The same for every attempt at the same letter. */
  readonly key: string;
  readonly subject: string;
  readonly text: string;
}

export interface ActionContext {
  readonly state: ActionState;
  /** Milliseconds since 1970; tests inject it. */
  readonly now: () => number;
  readonly decide: (decision: Decision) => Promise<void>;
  readonly notify: (notice: Notice) => Promise<void>;
  /** Sends a letter now: for what cannot be told another way. Never rejects; `failed` where no e-mail is configured. */
  readonly email: (mail: Mail, signal: AbortSignal) => Promise<Outcome>;
  /** What fires now of its rows. */
  readonly firing: () => readonly Firing[];
  readonly gateway: GatewayView;
  /** What it leaves for a gateway that cannot be asked, in the data folder of both. */
  readonly paths: Pick<DataPaths, 'halfOpen'>;
  /** The only way out of the process. */
  readonly out: Pick<WayOut, 'open' | 'connect'>;
  readonly log: Logger;
  readonly telemetry: Pick<Telemetry, 'counter' | 'gauge'>;
  /** An instant query: its first series, undefined where there is none; rejects when Prometheus does not answer. */
  readonly measure: (promql: string) => Promise<Measured | undefined>;
}

/** One kind of thing that is done about alerts. */
export interface Action extends Started {
  /** How many tasks it may work on at once; default 1, and then it is never asked for a tick meanwhile either. */
  readonly concurrency?: number;
  /** Which notices of the service it can bring to people as it is configured; default none. */
  readonly tells?: readonly Notice['severity'][];
  /** A rejection counts as `retry`. Must settle soon after the signal. */
  perform(task: Task, signal: AbortSignal): Promise<Outcome>;
  /** Called every few seconds, never twice at once: what goes on between webhooks, such as scaling in. */
  tick?(signal: AbortSignal): Promise<void>;
}

/** How an action is brought in: a row of the table in `registry.ts` names it and its part of the configuration. */
export interface ActionPlugin<Options = unknown> extends Plugin<Options, ActionContext, Action> {
  /** Checks the bounds of a row of the policy, `{}` where it has none; throws a ServiceError or ZodError. Default: none may be set. */
  readonly bounds?: (raw: unknown) => unknown;
}

/** Types an action; does nothing else. */
export const defineAction = <Options>(plugin: ActionPlugin<Options>): ActionPlugin<Options> => plugin;
