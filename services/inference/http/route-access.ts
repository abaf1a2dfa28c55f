import type { Caller, Scope } from '../call.ts';
import type { Gate } from './gate.ts';
import type { Operation } from './operation.ts';

type Access = Operation['access'];

/** The scopes of which a caller needs one; none where any credential will do, or no credential is needed. */
export const scopesOf = (access: Access): readonly Scope[] => {
  if (access === 'any' || access === 'address') return [];
  return typeof access === 'string' ? [access] : access;
};

/** Throws ERR_AUTH_SCOPE for a caller who may not; answers the caller as the handler is to know it. */
export const admitTo = (access: Access, gate: Pick<Gate, 'requireScope'>): ((caller: Caller) => Caller) => {
  if (access === 'any' || access === 'address') return (caller) => caller;
  if (typeof access === 'string') {
    return (caller) => {
      gate.requireScope(caller, access);
      return caller;
    };
  }
  return (caller) => {
    const held = access.filter((scope) => caller.scopes.has(scope));
    if (held.length === 0) gate.requireScope(caller, access[0]);
    return { ...caller, scopes: new Set(held) };
  };
};

/** Reading the audit trail is for the same networks as what it tells of. Metrics stay: scrapers have a scope of their own. */
const ADMINISTRATION: ReadonlySet<Scope> = new Set(['admin', 'audit']);

/** The operations of administrators, or those of all others; of a route for both, each part lets in its own scopes only. */
export const operationsFor = (operations: readonly Operation[], who: 'administrators' | 'others'): Operation[] => {
  const isTheirs = (scope: Scope): boolean => ADMINISTRATION.has(scope) === (who === 'administrators');
  return operations.flatMap((operation) => {
    const { access } = operation;
    if (access === 'any' || access === 'address') return who === 'others' ? [operation] : [];
    if (typeof access === 'string') return isTheirs(access) ? [operation] : [];
    const [first, ...rest] = access.filter(isTheirs);
    return first === undefined ? [] : [{ ...operation, access: [first, ...rest] as const }];
  });
};
