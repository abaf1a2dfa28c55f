import { refuseCreditCode, refuseResidentId } from '../checks/cn.ts';
import { ibanRemainder } from '../checks/iban.ts';
import { passesLuhn } from '../checks/luhn.ts';
import type { Refusal, RuleManifest } from '../rules/rule.ts';
import { normaliseWhole } from '../text/normalise.ts';
import { compilePattern } from './compile-pattern.ts';
import { createMachine, type Machine } from './program.ts';

const plain = (value: string): string => value.replace(/[^A-Za-z0-9]/g, '').toUpperCase();

/** Checks that a rule of the configuration may name. */
export const CUSTOM_VALIDATORS = {
  luhn: (value: string): boolean => passesLuhn(plain(value)),
  mod97: (value: string): boolean => ibanRemainder(plain(value)) === 1,
  gb11643: (value: string): boolean => refuseResidentId(plain(value)) === undefined,
  gb32100: (value: string): boolean => refuseCreditCode(plain(value)) === undefined,
} as const satisfies Readonly<Record<string, (value: string) => boolean>>;

export type CustomValidator = keyof typeof CUSTOM_VALIDATORS;

/** A rule of the configuration. */
export interface CustomRuleDefinition {
  readonly id: string;
  readonly pattern: string;
  /** Default: the id in capitals. */
  readonly label?: string | undefined;
  readonly ignoreCase?: boolean | undefined;
  /** One of these words must stand before a match. */
  readonly context?: readonly string[] | undefined;
  readonly validator?: CustomValidator | undefined;
  /** Longest match; needed when the pattern has no bound of its own. */
  readonly maxLength?: number | undefined;
}

/** A rule of the configuration, compiled. */
export interface CustomRule extends RuleManifest {
  readonly kind: 'custom';
  readonly machine: Machine;
  refuse(value: string, before: string): Refusal;
}

const labelOf = (id: string): string => {
  const label = id
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^[^A-Z]+|_+$/g, '');
  return label === '' ? 'CUSTOM' : label;
};

/**
 * Compiles a rule of the configuration to a machine that takes linear time on any text and never waits for more than
 * `maxLength` characters. Throws a `PatternError` that says what is wrong with the pattern.
 */
export const compileCustomRule = (definition: CustomRuleDefinition): CustomRule => {
  const { id, pattern, context = [], validator } = definition;
  const program = compilePattern(pattern, {
    ignoreCase: definition.ignoreCase ?? false,
    maxLength: definition.maxLength,
  });
  const words = context.map((word) => normaliseWhole(word).toLowerCase());
  const isValid = validator === undefined ? undefined : CUSTOM_VALIDATORS[validator];
  return {
    kind: 'custom',
    id: `custom.${id}`,
    label: definition.label ?? labelOf(id),
    finds: `What the configuration calls ${id}.`,
    why: `its pattern${validator === undefined ? '' : `, checked by ${validator}`}${words.length === 0 ? '' : ', with a word of its context before it'}`,
    examples: { found: [], left: [] },
    machine: createMachine(program),
    refuse(value, before) {
      if (isValid?.(value) === false) return `the check ${validator ?? ''} fails`;
      const near = before.toLowerCase();
      return words.length === 0 || words.some((word) => near.includes(word))
        ? undefined
        : 'no word of its context before it';
    },
  };
};
