/** What Grafana calls a unit of the catalogue (UCUM). */
const UNITS: Readonly<Record<string, string>> = {
  '1': 'percentunit',
  s: 's',
  By: 'bytes',
  'By/s': 'Bps',
  Cel: 'celsius',
  W: 'watt',
  J: 'joule',
  Hz: 'hertz',
  '{request}/s': 'reqps',
  'ms since 1970': 'dateTimeFromNow',
};

/** The unit of a panel; counted things are plain numbers, and rates of them name what is counted. */
export const grafanaUnit = (unit: string): string => {
  const known = UNITS[unit];
  if (known !== undefined) return known;
  const [, counted, per] = /^\{(\w+)\}(\/s)?$/.exec(unit) ?? [];
  if (counted === undefined) throw new Error(`${unit}: no unit of Grafana is known for it; add one to UNITS`);
  return per === undefined ? 'short' : `suffix: ${counted.replaceAll('_', ' ')}/s`;
};
