import type { Config } from '../../../../core/config/schema.ts';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import type { Logger } from '../../../../core/telemetry/log.ts';
import { redactFields } from '../../../../core/telemetry/redact-fields.ts';
import type { Telemetry } from '../../../../core/telemetry/telemetry.ts';
import type { Call } from '../../call.ts';
import type { RedactionDirection } from '../redactor.ts';
import { type CallRedaction, createCallRedaction } from './call-redaction.ts';
import { type Compiled, compileRedaction, type RedactionSettings } from './compiled.ts';
import type { RuleEngine } from './engine-port.ts';
import { NO_REDACTION } from './no-redaction.ts';
import { createNotes, type NoteApplied } from './notes.ts';

/** The stage of both redactions, and the guard of everything that is written down. */
export interface Redaction {
  begin(call: Pick<Call, 'requestId' | 'caller' | 'scenario' | 'isRedacted'>): CallRedaction;
  /** A text as it may be written down. Never throws: what cannot be checked is left out. */
  record(text: string): string;
  /** An error as a client or a file may have it. */
  protect(error: ServiceError): ServiceError;
  /** Whether anything is redacted at all. */
  readonly isOn: boolean;
  update(config: RedactionSettings): void;
  /** Counts and audits from now on; before, findings go unmentioned. */
  attach(observers: Observers): void;
}

interface Observers {
  readonly telemetry: Pick<Telemetry, 'counter' | 'gauge'>;
  readonly audit: Pick<Logger, 'info'>;
  readonly noteApplied?: NoteApplied;
}

/** Stands for a text that could not be checked. */
export const UNCHECKED = '[redaction failed]';

/** Shorter is nothing private, and most fields of a log line are. */
const SHORTEST = 4;

/** Longer is hardly said twice. */
const REMEMBERED_CHARACTERS = 512;
const REMEMBERED_TEXTS = 1000;

/** Compiles the rules of the configuration; throws where one of them cannot be. */
export const createRedaction = (
  config: RedactionSettings,
  open: (config: Config['redaction']) => RuleEngine,
): Redaction => {
  let compiled: Compiled | undefined = compileRedaction(config, open);
  let held = 0;
  // What the service says of itself (messages, names, routes) it says again and again: looking through it each time was
  // a tenth of what refusing a request costs. Only what nothing was found in is kept, by the rules of the moment.
  let clean = new Set<string>();
  let observers: Observers = {
    telemetry: { counter: () => undefined, gauge: () => undefined },
    audit: { info: () => undefined },
  };
  const onHeld = (difference: number): void => {
    held += difference;
  };
  const onFailure = (direction: RedactionDirection): void =>
    observers.telemetry.counter('redactionFailures', { direction });

  const record = (text: string): string => {
    const redactor = compiled?.record;
    if (redactor === undefined || text.length < SHORTEST || clean.has(text)) return text;
    try {
      const { text: redacted, findings } = redactor.redact(text);
      if (redacted === text && findings.length === 0 && text.length <= REMEMBERED_CHARACTERS) {
        if (clean.size >= REMEMBERED_TEXTS) clean = new Set();
        clean.add(text);
        return text;
      }
      for (const { rule, action } of findings)
        observers.telemetry.counter('redactions', { rule, direction: 'record', action });
      return redacted;
    } catch {
      onFailure('record');
      return UNCHECKED;
    }
  };

  return {
    begin({ requestId, caller, scenario, isRedacted }) {
      if (compiled === undefined) return NO_REDACTION;
      const policy = compiled.policyFor(caller, scenario);
      const notes = createNotes(
        { requestId, keyId: caller.keyId, policy: policy.name, policyVersion: policy.version },
        observers,
      );
      return createCallRedaction({ compiled, policy, notes, restores: isRedacted !== true, onHeld, onFailure });
    },
    record,
    protect(error) {
      const message = record(error.message);
      if (error.details === undefined) return message === error.message ? error : withTexts(error, message, undefined);
      const details = redactFields(error.details, record);
      const isSame =
        details === error.details ||
        // Lists are made anew, redacted or not.
        JSON.stringify(details) === JSON.stringify(error.details);
      return isSame && message === error.message ? error : withTexts(error, message, details);
    },
    get isOn() {
      return compiled !== undefined;
    },
    update(next) {
      compiled = compileRedaction(next, open);
      clean = new Set();
    },
    attach(next) {
      observers = next;
      next.telemetry.gauge('redactionHeld', () => [{ value: held }]);
    },
  };
};

const withTexts = (error: ServiceError, message: string, details: ServiceError['details']): ServiceError =>
  new ServiceError(error.code, message, {
    ...(error.cause === undefined ? {} : { cause: error.cause }),
    ...(details === undefined ? {} : { details }),
    ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
  });
