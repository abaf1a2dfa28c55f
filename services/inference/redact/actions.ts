import { createHmac } from 'node:crypto';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Pseudonyms, RedactionAction } from './redactor.ts';
import type { RuleManifest } from './rules/rule.ts';

const HASH_DIGITS = 12;
const SHOWN = 4;
const NOT_SHOWN = /[^\p{L}\p{N}]/gu;

/** A match, and what an action needs to replace it. */
export interface Replaceable {
  readonly rule: RuleManifest;
  readonly raw: string;
  /** Normalised. */
  readonly value: string;
  /** More of it follows, unseen: its value cannot be kept or hashed. */
  readonly isOpen: boolean;
}

/** Makes what stands instead of a match; `block` throws. */
export type Replace = (match: Replaceable, action: RedactionAction, pseudonyms: Pseudonyms | undefined) => string;

/** The last four letters or digits, and none of a value that is hardly longer. */
const lastFour = (value: string): string => {
  const plain = value.replace(NOT_SHOWN, '');
  return plain.length < 2 * SHOWN ? '' : plain.slice(-SHOWN).replace(/[^\x20-\x7e]/g, '');
};

const blocked = (rule: RuleManifest): ServiceError =>
  new ServiceError(
    'ERR_REDACT_BLOCKED',
    `the text holds what the rule ${rule.id} forbids; remove it and send the rest`,
    {
      details: { rule: rule.id },
    },
  );

/** Builds the replacement of matches; the hash is keyed, so that short values cannot be guessed back without the key. */
export const createReplace = (hashKey: string | Uint8Array | undefined): Replace => {
  const hash = ({ rule, value }: Replaceable): string => {
    if (hashKey === undefined) return `[${rule.label}]`;
    // A number has one hash however it is grouped.
    const plain = rule.id.startsWith('secrets.') ? value : value.replace(/[\s()（）-]/g, '').toLowerCase();
    return `[${rule.label}:${createHmac('sha256', hashKey).update(rule.label).update('\n').update(plain).digest('hex').slice(0, HASH_DIGITS)}]`;
  };
  return (match, action, pseudonyms) => {
    const { rule, raw, isOpen } = match;
    if (action === 'observe') return raw;
    if (action === 'block') throw blocked(rule);
    if (isOpen || action === 'mask') return `[${rule.label}]`;
    if (action === 'hash') return hash(match);
    if (action === 'partial') return `****${rule.partial?.(match.value) ?? lastFour(match.value)}`;
    return pseudonyms?.tokenFor(rule.label, raw) ?? `[${rule.label}]`;
  };
};
