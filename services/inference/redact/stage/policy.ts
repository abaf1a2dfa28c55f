import { type RedactionConfig, type RedactionPolicy, SHIPPED_POLICIES } from '../../../../core/config/schema.ts';
import type { RedactionAction, RedactionDirection } from '../redactor.ts';

/** What a policy says about a rule; `off`: it is not looked for. */
export type PolicyAction = RedactionAction | 'off';

/** What a policy may name: a rule by its id, or all rules of its pack. */
export interface RuleName {
  readonly id: string;
  readonly pack: string;
}

/** From what lets most through to what lets nothing through. */
const STRICTNESS = [
  'off',
  'observe',
  'pseudonym',
  'partial',
  'hash',
  'mask',
  'block',
] as const satisfies readonly PolicyAction[];

type Actions = Readonly<Record<string, PolicyAction>>;

const REST = '*';
/** For a rule that a policy says nothing about: a new rule must not let something through by being unknown. */
const FALLBACK: PolicyAction = 'mask';

const actionIn = (actions: Actions, { id, pack }: RuleName): PolicyAction =>
  actions[id] ?? actions[pack] ?? actions[REST] ?? FALLBACK;

const stricter = (a: PolicyAction, b: PolicyAction): PolicyAction =>
  STRICTNESS.indexOf(a) < STRICTNESS.indexOf(b) ? b : a;

/** The policies of the configuration and, where it has none of that name, those that are always there. */
export const policiesOf = ({
  policies,
}: Pick<RedactionConfig, 'policies'>): Readonly<Record<string, RedactionPolicy>> => ({
  ...SHIPPED_POLICIES,
  ...policies,
});

/** What is done to a rule in one direction: what the policy says, of several the strictest. */
export const actionOf = (
  policies: readonly RedactionPolicy[],
  direction: RedactionDirection,
  rule: RuleName,
): PolicyAction =>
  policies
    .map((policy): PolicyAction => actionIn(policy[direction], rule))
    .reduce(stricter, policies.length === 0 ? FALLBACK : 'off');

interface Whose {
  readonly keyId: string;
  /** Policy of the scenario that was asked for. */
  readonly scenarioPolicy: string | undefined;
}

/**
 * The policies of a request: of its key and of its scenario where they name one, else the general one. A caller chooses
 * the scenario, so that one must not loosen what the operator set for the key.
 */
export const policyNamesOf = (config: RedactionConfig, { keyId, scenarioPolicy }: Whose): readonly string[] => {
  const ofKey = Object.hasOwn(config.keys, keyId) ? config.keys[keyId] : undefined;
  const names = [ofKey, scenarioPolicy].filter((name) => name !== undefined);
  return names.length === 0 ? [config.policy] : [...new Set(names)].sort();
};
