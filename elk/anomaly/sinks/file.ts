import type { Config } from '../../../core/config/schema.ts';
import { LogFile } from '../../../core/telemetry/log-file.ts';
import { type About, ecsOf, type Sink } from './sink.ts';

interface Options extends About {
  readonly dir: string;
  readonly logging: Config['logging'];
  readonly report: (message: string) => void;
}

/** `anomaly.json`: always there, whatever else is. */
export const openFileSink = ({ dir, logging, report, ...about }: Options): Sink => {
  const { maxFileBytes, maxFiles } = logging;
  const file = new LogFile({ dir, stream: 'anomaly', maxFileBytes, maxFiles, report });
  return {
    name: 'file',
    async write(documents) {
      for (const document of documents) file.write(`${JSON.stringify(ecsOf(document, about))}\n`);
      return documents.map(() => 'written' as const);
    },
    close: () => file.close(),
  };
};
