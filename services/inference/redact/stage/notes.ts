import type { Logger } from '../../../../core/telemetry/log.ts';
import type { Telemetry } from '../../../../core/telemetry/telemetry.ts';
import type { Finding, RedactionDirection } from '../redactor.ts';

/** What a call is known by in the audit log. */
export interface NotedCall {
  readonly requestId: string;
  readonly keyId: string;
  readonly policy: string;
  readonly policyVersion: string;
}

/** Told once of each call by which policy it went, and how often each rule applied. */
export type NoteApplied = (
  requestId: string,
  note: { readonly policyVersion: string; readonly redactions: Readonly<Record<string, number>> },
) => void;

/** Where findings are counted and written down: that they were, where and by which rule, never what they were. */
export interface Notes {
  readonly count: number;
  add(direction: RedactionDirection, field: string, findings: readonly Finding[]): void;
  /** Writes the audit line of the call, if there is anything to say; once. */
  write(): void;
}

interface Deps {
  readonly telemetry: Pick<Telemetry, 'counter'>;
  readonly audit: Pick<Logger, 'info'>;
  readonly noteApplied?: NoteApplied;
}

interface Entry {
  readonly direction: RedactionDirection;
  readonly field: string;
  readonly rule: string;
  readonly action: string;
  readonly offset: number;
  readonly length: number;
}

/** A line says how many there were and where the first of them are. */
const WRITTEN = 100;

/** The notes of one call. */
export const createNotes = (call: NotedCall, { telemetry, audit, noteApplied }: Deps): Notes => {
  const entries: Entry[] = [];
  const redactions: Record<string, number> = {};
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(direction, field, findings) {
      for (const { rule, action, start: offset, length } of findings) {
        count += 1;
        redactions[rule] = (redactions[rule] ?? 0) + 1;
        telemetry.counter('redactions', { rule, direction, action });
        if (entries.length < WRITTEN) entries.push({ direction, field, rule, action, offset, length });
      }
    },
    write() {
      noteApplied?.(call.requestId, { policyVersion: call.policyVersion, redactions });
      if (entries.length === 0) return;
      const labels = { key_id: call.keyId, policy: call.policy, redactions: count, found: entries.splice(0) };
      audit.info('redaction.applied', { 'http.request.id': call.requestId, labels });
    },
  };
};
