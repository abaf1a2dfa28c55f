import { z } from 'zod';
import type { Config } from '../../../core/config/schema.ts';
import type { MeasureOptions } from './measures.ts';
import type { ScaleBounds } from './model.ts';

/** The parts of the configuration that scaling depends on. */
export type ScaleOptions = Pick<Config, 'scale' | 'alerts' | 'models' | 'prometheus'>;

/** What a row of the policy may narrow. */
export const rowBounds = z.strictObject({
  model: z.string().min(1).optional(),
  min: z.int().min(1).optional(),
  max: z.int().min(1).optional(),
  maxStep: z.int().min(1).optional(),
});

export type RowBounds = z.output<typeof rowBounds>;

/** Time that `alerts.requests.minimum` counts requests in. */
const MINIMUM_WINDOW_MS = 300_000;
/** In a shorter window a missed scrape leaves no rate. */
const FEWEST_SAMPLES = 4;

/** How a model is measured. */
export const measureOptions = ({ scale, alerts, prometheus }: ScaleOptions, model: string): MeasureOptions => {
  const { timeoutRatio, queueRatio, firstTokenMs, minimum } = alerts.requests;
  const windowMs = Math.max(scale.windowMs, FEWEST_SAMPLES * prometheus.intervalMs);
  return {
    ...{ model, windowMs, timeoutRatio, queueRatio, firstTokenMs },
    ...{ staleMs: scale.staleMs, busyRatio: scale.busyRatio },
    minimum: Math.max(1, Math.ceil((minimum * windowMs) / MINIMUM_WINDOW_MS)),
  };
};

/** The bounds of the configuration, narrowed by those of a row. */
export const boundsOf = ({ scale }: ScaleOptions, row: RowBounds): ScaleBounds => ({
  ...scale,
  min: Math.max(scale.min, row.min ?? 1),
  max: Math.min(scale.max, row.max ?? scale.max),
  maxStep: Math.min(scale.maxStep, row.maxStep ?? scale.maxStep),
});
