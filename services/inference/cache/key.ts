import { hash } from 'node:crypto';
import type { GenerationRequest } from '../../engine/protocol/generation.ts';

/** What an answer depends on. */
export interface Question {
  readonly model: string;
  /** What the model is made of right now: files, engine, options. */
  readonly identity: string;
  /** The rules answers are changed by on their way out. */
  readonly policy: string;
  readonly choices: number;
  readonly request: GenerationRequest;
}

/** Raise it when the form of stored answers changes: answers of another form are not found then. */
const VERSION = 1;

/** Whose request it is has a place of its own in the key; when it must be done changes nothing about the answer. */
const NOT_ASKED: ReadonlySet<string> = new Set<keyof GenerationRequest>([
  'tenant',
  'keyId',
  'priority',
  'deadlineMs',
  'isWhole',
  'traceparent',
]);

/**
 * The same for equal questions of one tenant, different for any others. Only the names of the parameters are put in
 * order: inside a schema or a tool their order is part of what the model sees.
 */
export const keyOf = ({ model, identity, policy, choices, request }: Question): string => {
  const asked = Object.entries(request).filter(([name, value]) => value !== undefined && !NOT_ASKED.has(name));
  asked.sort(([a], [b]) => (a < b ? -1 : 1));
  const canonical = JSON.stringify([VERSION, request.tenant ?? null, model, identity, policy, choices, asked]);
  return hash('sha256', canonical, 'base64url');
};
