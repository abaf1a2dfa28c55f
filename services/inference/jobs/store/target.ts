import type { JobPayload } from '../job.ts';

/** What a job asks for, as one word: jobs with the same target wait for the same model. */
export const targetOf = ({ model, scenario, allowed }: Pick<JobPayload, 'model' | 'scenario' | 'allowed'>): string => {
  if (model !== undefined) return `model:${model}`;
  // Whoever may use other models is led to others, and must not wait for those.
  const among = allowed === undefined ? '' : ` among ${allowed.toSorted().join(' ')}`;
  return `${scenario === undefined ? 'default' : `scenario:${scenario}`}${among}`;
};

/** Host and port of a callback: deliveries to one receiver have the same. */
export const hostOf = (url: string): string => URL.parse(url)?.host ?? '';
