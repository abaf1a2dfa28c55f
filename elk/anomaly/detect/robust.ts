/** The middle of these numbers; NaN of none. Sorts them in place. */
export const median = (values: Float64Array): number => {
  if (values.length === 0) return Number.NaN;
  values.sort();
  const middle = values.length >> 1;
  const upper = values[middle] ?? Number.NaN;
  return values.length % 2 === 1 ? upper : ((values[middle - 1] ?? Number.NaN) + upper) / 2;
};

/** Makes the median absolute deviation of normal numbers their standard deviation. */
const TO_SIGMA = 1.4826;

/** Centre and spread of numbers of which up to half may be nonsense: the median, and the scaled median deviation from it. */
export const robust = (numbers: readonly number[]): { readonly center: number; readonly spread: number } => {
  const values = Float64Array.from(numbers);
  const center = median(values);
  for (let at = 0; at < values.length; at += 1) values[at] = Math.abs((values[at] ?? 0) - center);
  return { center, spread: TO_SIGMA * median(values) };
};
