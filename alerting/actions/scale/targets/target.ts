import type { WayOut } from '../../../../core/egress/way-out.ts';
import type { Plugin, Started } from '../../../../core/plugins/plugin.ts';
import type { GatewayView } from '../../action.ts';
import type { Measure } from '../measures.ts';
import type { Room } from '../model.ts';

/** What a target says of itself. */
export interface TargetReading {
  readonly replicas: number;
  /** As many as the operator's configuration says, where that is what there are now. */
  readonly configured?: number;
  /** Who changed the number last; absent: it cannot be known. */
  readonly changedBy?: 'person' | 'nobody';
  readonly room: Room;
}

/** One change that is asked for. */
export interface TargetChange {
  readonly model: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  /** The same for every attempt at the same change. */
  readonly key: string;
}

/** What came of it: the number there is now, and why it is not the one asked for. */
export interface TargetOutcome {
  readonly replicas: number;
  readonly reason?: string;
}

/** Something whose number can be changed. */
export interface ScaleTarget extends Started {
  /** Rejects where it cannot be asked. */
  read(model: string, signal: AbortSignal): Promise<TargetReading>;
  /** Rejects where nobody knows what came of it; asked again it does nothing twice. */
  change(change: TargetChange, signal: AbortSignal): Promise<TargetOutcome>;
}

/** Runs a program without a shell and answers what it printed; rejects with its last words. */
export type Run = (command: string, args: readonly string[], signal: AbortSignal) => Promise<string>;

export interface TargetContext {
  readonly gateway: Pick<GatewayView, 'ask'>;
  readonly out: Pick<WayOut, 'open'>;
  readonly measure: Measure;
  readonly run: Run;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

// biome-ignore lint/suspicious/noExplicitAny: what a target makes of its options is its own matter
export type TargetPlugin = Plugin<any, TargetContext, ScaleTarget>;
