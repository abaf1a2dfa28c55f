import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataPaths } from '../../../core/config/paths.ts';
import type { LogTrace } from '../drill.ts';

/** Where each process writes its lines. */
const folderOf = (data: string, of: LogTrace['of']): string => {
  const paths = dataPaths(data);
  const folders = {
    ...{ gateway: paths.logs, collectors: paths.collectorLogs, prometheus: paths.prometheusLogs },
    ...{ alertmanager: paths.alertmanagerLogs, actions: paths.actionsLogs, audit: paths.audit },
  };
  return folders[of];
};

/** What a line says, in words. */
export const nameOfTrace = (trace: LogTrace): string => `${trace.of}: ${'code' in trace ? trace.code : trace.action}`;

/** The first such line of a process, as it stands in the file. */
export const findLogLine = (data: string, trace: LogTrace): string | undefined => {
  const folder = folderOf(data, trace.of);
  const mark = 'code' in trace ? `"error.code":"${trace.code}"` : `"event.action":"${trace.action}"`;
  for (const file of filesIn(folder)) {
    const found = readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .find((line) => line.includes(mark));
    if (found !== undefined) return found;
  }
  return undefined;
};

const filesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder).filter((file) => file.endsWith('.json'));
  } catch {
    return [];
  }
};
