import { is, isOneOf } from './matcher.ts';

/** Which alerts say nothing new while another one fires in the same job. */
export type Symptoms = ReadonlyMap<string, readonly string[]>;

/** An outage keeps what follows from it quiet: nobody is told twice, and nothing scales what is down. */
export const inhibitRules = (symptoms: Symptoms) =>
  [...symptoms]
    .filter(([, names]) => names.length > 0)
    .map(([cause, names]) => ({
      source_matchers: [is('alertname', cause)],
      target_matchers: [isOneOf('alertname', names)],
      equal: ['job'],
    }));
