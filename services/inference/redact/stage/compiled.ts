import { hash } from 'node:crypto';
import type { Config } from '../../../../core/config/schema.ts';
import type { Caller } from '../../call.ts';
import type { RedactionDirection, Redactor } from '../redactor.ts';
import type { RuleEngine } from './engine-port.ts';
import { actionOf, policiesOf, policyNamesOf } from './policy.ts';

/** What one policy, or several together, do in each direction. */
export interface CompiledPolicy {
  /** Its name, or names. */
  readonly name: string;
  /** Another one for any other rules or actions: answers of one are not those of another. */
  readonly version: string;
  readonly request: Redactor | undefined;
  readonly response: Redactor | undefined;
}

/** A configuration's rules and policies, ready to use. */
export interface Compiled {
  readonly engine: RuleEngine;
  readonly record: Redactor | undefined;
  readonly tokenInputs: Config['redaction']['tokenInputs'];
  readonly maxHeldCharacters: number;
  policyFor(caller: Pick<Caller, 'keyId'>, scenario: string | undefined): CompiledPolicy;
}

export type RedactionSettings = Pick<Config, 'redaction' | 'scenarios'>;

/** Undefined: redaction is turned off. */
export const compileRedaction = (
  { redaction, scenarios }: RedactionSettings,
  open: (config: Config['redaction']) => RuleEngine,
): Compiled | undefined => {
  if (!redaction.enabled) return undefined;
  const engine = open(redaction);
  const policies = policiesOf(redaction);
  const known = new Map<string, CompiledPolicy>();
  const redactorOf = (names: readonly string[], direction: RedactionDirection) => {
    const chosen = names.flatMap((name) => policies[name] ?? []);
    return engine.redactor((rule) => actionOf(chosen, direction, rule));
  };
  const compile = (names: readonly string[]): CompiledPolicy => {
    const content = [redaction.packs, redaction.rules, names.map((name) => policies[name])];
    return {
      name: names.join('+'),
      version: hash('sha256', JSON.stringify(content), 'base64url'),
      request: redactorOf(names, 'request'),
      response: redactorOf(names, 'response'),
    };
  };
  return {
    engine,
    record: redactorOf([redaction.policy], 'record'),
    tokenInputs: redaction.tokenInputs,
    maxHeldCharacters: redaction.maxHeldCharacters,
    policyFor({ keyId }, scenario) {
      const ofScenario = scenario !== undefined && Object.hasOwn(scenarios, scenario) ? scenarios[scenario] : undefined;
      const names = policyNamesOf(redaction, { keyId, scenarioPolicy: ofScenario?.redaction });
      const id = names.join('+');
      let policy = known.get(id);
      if (policy === undefined) {
        policy = compile(names);
        known.set(id, policy);
      }
      return policy;
    },
  };
};
