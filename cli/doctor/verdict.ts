import { formatQuantity } from '../../core/hardware/format.ts';
import { describeAdjustment, describeNeed } from '../../services/inference/models/describe-fit.ts';
import type { ModelFacts } from '../../services/inference/models/facts.ts';
import type { FitResult, FreeMemory } from '../../services/inference/models/fit.ts';
import type { Forecast } from './forecast.ts';

/** What `doctor --model` says, in base units. */
export interface ModelVerdict {
  readonly id: string;
  readonly fits: boolean;
  readonly quantization: string | null;
  readonly slots: number;
  /** Null where only its file tells it, which is not here. */
  readonly context: number | null;
  readonly neededBytes: number | null;
  readonly freeBytes: number;
  /** Settings, nearest first, with which it fits where it does not. */
  readonly ways: readonly string[];
  /** Of one client alone, and of all slots together. */
  readonly tokensPerSecond: { readonly one: Forecast | null; readonly all: Forecast | null };
  /** Others compute on this machine: it is faster without them. */
  readonly isBusy: boolean;
  /** What it needs, part by part, where its header is here. */
  readonly need: string | null;
}

export interface VerdictInput {
  readonly facts: ModelFacts;
  readonly slots: number;
  readonly free: FreeMemory;
  readonly isBusy: boolean;
  readonly forecast: (sequences: number) => Forecast | undefined;
  /** From the header of its file; else from the size that the catalogue knows. */
  readonly fit?: FitResult;
  readonly catalogue?: { readonly fits: boolean; readonly neededBytes: number };
}

export const verdictOf = ({ facts, slots, free, isBusy, forecast, fit, catalogue }: VerdictInput): ModelVerdict => ({
  ...{ id: facts.id, slots, isBusy, freeBytes: free.hostBytes },
  fits: fit?.fits ?? catalogue?.fits ?? false,
  quantization: facts.quantization ?? null,
  context: typeof fit?.plan.context === 'number' ? fit.plan.context : null,
  neededBytes: fit?.plan.need.totalBytes ?? catalogue?.neededBytes ?? null,
  ways: fit === undefined || fit.fits ? [] : waysOf(facts.id, fit),
  tokensPerSecond: { one: forecast(1) ?? null, all: forecast(slots) ?? null },
  need: fit === undefined ? null : describeNeed(fit.plan.need),
});

const MOST_WAYS = 3;

const waysOf = (id: string, { ways, quantization }: FitResult & { readonly fits: false }): readonly string[] => [
  ...ways.slice(0, MOST_WAYS).map(({ adjustment }) => describeAdjustment(adjustment)),
  ...(quantization === undefined ? [] : [`clawdbot models quantize ${id} --type ${quantization}`]),
];

/** The verdict for a person. */
export const describeVerdict = (verdict: ModelVerdict): string => {
  const { id, fits, quantization, slots, context, neededBytes, freeBytes, ways, tokensPerSecond, isBusy, need } =
    verdict;
  const setting = [
    quantization ?? 'quantisation unknown',
    `${slots} slots`,
    ...(context === null ? [] : [`context ${context}`]),
  ].join(', ');
  const size = need ?? (neededBytes === null ? 'an unknown amount' : `about ${formatQuantity(neededBytes, 'By')}`);
  return [
    `model ${id}: ${fits ? 'fits' : 'DOES NOT FIT'} (${setting})`,
    `  memory      ${size} of ${formatQuantity(freeBytes, 'By')} free`,
    ...(ways.length === 0 ? [] : [`  would fit   ${ways.join('; or ')}`]),
    `  one client  ${describeForecast(tokensPerSecond.one)}`,
    ...(tokensPerSecond.all === null ? [] : [`  all slots   ${describeForecast(tokensPerSecond.all)}`]),
    ...(isBusy ? ['  others compute on this machine now: without them it is faster than said'] : []),
  ].join('\n');
};

const describeForecast = (forecast: Forecast | null): string => {
  if (forecast === null) return 'speed not known: neither its size nor the bandwidth of memory is';
  const { expected, low, high } = forecast;
  const range = `${rounded(low)} to ${rounded(high)} tokens/s`;
  return expected === undefined
    ? `${range} (not calibrated: the embedded model is not here, or was not decoded)`
    : `about ${rounded(expected)} tokens/s, ${range} to be expected`;
};

const rounded = (value: number): string => String(Number(value.toPrecision(2)));
