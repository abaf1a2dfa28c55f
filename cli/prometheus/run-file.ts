import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PRIVATE_MODE, replaceFile } from '../../core/config/private-files.ts';

/** What the supervisor leaves in the data folder while a Prometheus of its own runs. */
export type PrometheusRun = {
  readonly pid: number;
  readonly url: string;
  readonly program: string;
  readonly startedAt: string;
};

/** `dir` is `dataPaths(data).run`. */
const fileIn = (dir: string): string => join(dir, 'prometheus.json');

export const announcePrometheus = (dir: string, run: PrometheusRun): Promise<void> =>
  replaceFile(fileIn(dir), PRIVATE_MODE, `${JSON.stringify(run, null, 2)}\n`);

export const withdrawPrometheus = (dir: string): Promise<void> => rm(fileIn(dir), { force: true });

/** Undefined where no supervisor has one. */
export const readPrometheusRun = (dir: string): PrometheusRun | undefined => {
  try {
    return JSON.parse(readFileSync(fileIn(dir), 'utf8')) as PrometheusRun; // written by our own supervisor, atomically
  } catch {
    return undefined;
  }
};
