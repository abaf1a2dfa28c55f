import type { JobPayload } from '../job.ts';

/** What a job asks for, as one word: jobs with the same target wait for the same model. */
export const targetOf = ({ model, scenario }: Pick<JobPayload, 'model' | 'scenario'>): string => {
  if (model !== undefined) return `model:${model}`;
  return scenario === undefined ? 'default' : `scenario:${scenario}`;
};

/** Host and port of a callback: deliveries to one receiver have the same. */
export const hostOf = (url: string): string => URL.parse(url)?.host ?? '';
