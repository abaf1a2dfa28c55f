import type { ScenarioConfig } from '../../../core/config/schema.ts';
import type { Candidate } from './candidate.ts';

/** One constraint held against one candidate. `actual` is null where the value is not known. */
export interface Check {
  readonly constraint:
    | 'minParameters'
    | 'maxParameters'
    | 'maxBitsPerWeight'
    | 'maxFirstTokenMs'
    | 'minContext'
    | 'tags'
    | 'memory'
    | 'egress';
  readonly required: number | string | readonly string[];
  readonly actual: number | string | readonly string[] | null;
  readonly passed: boolean;
  /** Why an unknown value passed or failed. */
  readonly note?: string;
}

/** Every constraint of a scenario held against a candidate, in the order of the configuration reference. */
export const checkCandidate = (candidate: Candidate, scenario: ScenarioConfig): readonly Check[] => {
  const { facts } = candidate;
  const { minParameters, maxParameters, maxBitsPerWeight, maxFirstTokenMs, minContext, tags } = scenario;
  const context = candidate.context ?? facts.trainedContext;
  return [
    atLeast('minParameters', minParameters, facts.parameters),
    atMost('maxParameters', maxParameters, facts.parameters),
    atMost('maxBitsPerWeight', maxBitsPerWeight, facts.bitsPerWeight),
    latency(maxFirstTokenMs, candidate),
    atLeast('minContext', minContext, context),
    hasTags(tags, facts.tags),
    hasRoom(candidate),
    staysHere(candidate),
  ].filter((check) => check !== undefined);
};

const atLeast = (constraint: Check['constraint'], required: number | undefined, actual: number | undefined) =>
  required === undefined ? undefined : compare(constraint, required, actual, (value) => value >= required);

const atMost = (constraint: Check['constraint'], required: number | undefined, actual: number | undefined) =>
  required === undefined ? undefined : compare(constraint, required, actual, (value) => value <= required);

const compare = (
  constraint: Check['constraint'],
  required: number,
  actual: number | undefined,
  test: (value: number) => boolean,
): Check =>
  actual === undefined
    ? { constraint, required, actual: null, passed: false, note: 'not known' }
    : { constraint, required, actual, passed: test(actual) };

// Refusing a model that runs until somebody else has used it would leave it unused for ever; its first answer is the
// measurement, and from then on the limit counts.
const latency = (required: number | undefined, { firstTokenMs, state }: Candidate): Check | undefined => {
  if (required === undefined) return undefined;
  if (firstTokenMs !== undefined) {
    return { constraint: 'maxFirstTokenMs', required, actual: firstTokenMs, passed: firstTokenMs < required };
  }
  const passed = state === 'ready';
  const note = passed ? 'not measured yet; taken on trial because the model is ready' : 'not measured yet';
  return { constraint: 'maxFirstTokenMs', required, actual: null, passed, note };
};

const hasTags = (required: readonly string[], actual: readonly string[]): Check | undefined =>
  required.length === 0
    ? undefined
    : { constraint: 'tags', required, actual, passed: required.every((tag) => actual.includes(tag)) };

const hasRoom = ({ state, fitsMemory }: Candidate): Check | undefined => {
  if (fitsMemory === undefined || state === 'ready') return undefined;
  return {
    constraint: 'memory',
    required: 'fits',
    actual: fitsMemory ? 'fits' : 'does not fit',
    passed: fitsMemory,
  };
};

const staysHere = ({ egressRefusal }: Candidate): Check | undefined =>
  egressRefusal === undefined
    ? undefined
    : { constraint: 'egress', required: 'this machine', actual: 'another machine', passed: false, note: egressRefusal };
