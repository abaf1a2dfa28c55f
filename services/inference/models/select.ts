import type { ScenarioConfig } from '../../../core/config/schema.ts';
import type { Candidate, CandidateState } from './candidate.ts';
import { type Check, checkCandidate } from './constraints.ts';

/** A candidate with everything that was held against it. */
export interface Assessment {
  readonly model: string;
  readonly state: CandidateState;
  readonly passed: boolean;
  readonly checks: readonly Check[];
}

/** The explained answer to «which model for this scenario?». */
export interface Selection {
  readonly scenario: string;
  /** Absent when no candidate meets the constraints and the scenario names no fallback. */
  readonly model?: string;
  /** True when `model` breaks a constraint and was taken because the scenario names it as its fallback. */
  readonly fallback: boolean;
  readonly candidates: readonly Assessment[];
}

/**
 * Chooses among the candidates that meet every constraint: one that is ready before one that must load first, one
 * whose latency is known before one on trial, then the most parameters, then the lowest latency, then the order of
 * the configuration.
 */
export const selectModel = (
  scenarioName: string,
  scenario: ScenarioConfig,
  candidates: readonly Candidate[],
): Selection => {
  const assessed = candidates.map((candidate) => ({ candidate, checks: checkCandidate(candidate, scenario) }));
  const passing = assessed.filter(({ checks }) => checks.every((check) => check.passed));
  const [best] = passing.toSorted(byPreference);
  const fallback = best === undefined ? fallbackOf(scenario, candidates) : undefined;
  const model = best?.candidate.facts.id ?? fallback;
  return {
    scenario: scenarioName,
    ...(model === undefined ? {} : { model }),
    fallback: fallback !== undefined,
    candidates: assessed.map(({ candidate, checks }) => ({
      model: candidate.facts.id,
      state: candidate.state,
      passed: checks.every((check) => check.passed),
      checks,
    })),
  };
};

const fallbackOf = ({ fallback }: ScenarioConfig, candidates: readonly Candidate[]): string | undefined =>
  candidates.some(({ facts }) => facts.id === fallback) ? fallback : undefined;

const RANK: Readonly<Record<CandidateState, number>> = {
  ready: 0,
  loading: 1,
  fetching: 2,
  absent: 3,
  stopped: 3,
  failed: 4,
};

interface Assessed {
  readonly candidate: Candidate;
  readonly checks: readonly Check[];
}

const byPreference = (a: Assessed, b: Assessed): number =>
  RANK[a.candidate.state] - RANK[b.candidate.state] ||
  unknowns(a) - unknowns(b) ||
  (b.candidate.facts.parameters ?? 0) - (a.candidate.facts.parameters ?? 0) ||
  (a.candidate.firstTokenMs ?? Number.MAX_SAFE_INTEGER) - (b.candidate.firstTokenMs ?? Number.MAX_SAFE_INTEGER);

const unknowns = ({ checks }: Assessed): number => checks.filter((check) => check.actual === null).length;
