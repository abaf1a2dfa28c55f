import type { WayOut } from '../../../core/egress/way-out.ts';
import type { Plugin, Started } from '../../../core/plugins/plugin.ts';

/** Languages that messages are worded in. */
export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What a person is told, before any notifier words it. */
export interface Note {
  /** The same for every attempt to tell the same thing: what a gateway may recognise a repetition by. */
  readonly id: string;
  readonly incident: string;
  readonly phase: 'first' | 'update' | 'end';
  readonly severity: string;
  readonly title: string;
  readonly text: string;
  readonly url?: string;
  /** Somebody tries the way, nothing happened. */
  readonly isTest: boolean;
  readonly language: Language;
}

/** What a provider made of it. Whoever reads `reason` may be anybody: it holds no number, key or text of the message. */
export type Receipt =
  | { readonly kind: 'accepted' }
  /** Not taken, and it would not be taken a second time either. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** Certainly not taken; later it may be. */
  | { readonly kind: 'busy'; readonly reason: string }
  /** Sent, and nobody knows whether it was taken. */
  | { readonly kind: 'doubtful'; readonly reason: string };

/** A way to reach people. */
export interface Notifier extends Started {
  /** `each`: one request for every recipient. `room`: one for all, the recipients are only mentioned. */
  readonly addressing: 'each' | 'room';
  /** Tells `to`; rejects only where a receipt cannot say it. With `each`, `to` has one entry. */
  send(note: Note, to: readonly string[], signal: AbortSignal): Promise<Receipt>;
}

export interface NotifierContext {
  readonly out: Pick<WayOut, 'open'>;
  /** Milliseconds since 1970; signatures carry it. */
  readonly now: () => number;
}

/** A plugin of kind `notifier`. */
export type NotifierPlugin<Options> = Plugin<Options, NotifierContext, Notifier>;
