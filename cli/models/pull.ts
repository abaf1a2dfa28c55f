import { egressRows, modelRows } from '../../core/egress/implied.ts';
import { createFetcher } from '../../services/inference/models/fetcher.ts';
import { formatBytes } from '../../services/inference/models/format.ts';
import type { FetchProgress } from '../../services/inference/models/progress.ts';
import { createNarrator, type Narrator } from '../narration/narrator.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import { modelOf, openWorkspace, type WorkspaceOptions } from './workspace.ts';

/** `clawdbot models pull`: fetches models, one after the other, and checks each. */
export const pullModels = async (ids: readonly string[], options: WorkspaceOptions): Promise<string> => {
  const workspace = openWorkspace(options);
  const { config, dir } = workspace;
  const wanted = ids.length === 0 ? config.models.map(({ id }) => id) : ids;
  const models = wanted.map((id) => modelOf(workspace, id));
  // A model of the catalogue that is not configured was named by the person who asks for it.
  const named = config.egress.implied ? modelRows({ models, downloads: config.downloads }, process.env) : [];
  const rows = [...egressRows(config, process.env), ...named];
  const egress = () => ({ rows, implied: config.egress.implied });
  const fetcher = createFetcher({ dir, env: process.env, downloads: config.downloads, egress });
  const narrator = options.json === true ? undefined : createNarrator(process.stdout);
  const interrupted = stopOnSignals(new Error('stopped; what was downloaded so far is kept'));
  try {
    const pulled: { id: string; files: readonly string[] }[] = [];
    for (const model of models) {
      const onProgress = (progress: FetchProgress) => narrator && tell(narrator, model.id, progress);
      const { files } = await fetcher.fetch(model, { onProgress, signal: interrupted.signal });
      narrator?.forget(model.id);
      narrator?.say(
        'ok',
        files.length === 0 ? `${model.id} has no files to fetch` : `${model.id}: ${files.join(', ')}`,
      );
      pulled.push({ id: model.id, files });
    }
    return options.json === true ? JSON.stringify({ models: pulled }, null, 2) : '';
  } finally {
    narrator?.close();
    interrupted.release();
    await fetcher.stop();
  }
};

const tell = (narrator: Narrator, id: string, progress: FetchProgress): void => {
  switch (progress.phase) {
    case 'downloading':
      return narrator.progress(id, label(id, progress), ratioOf(progress), amount(progress));
    case 'waiting':
      return narrator.progress(id, `${id}: another process fetches it`, ratioOf(progress), amount(progress));
    case 'checking':
      return narrator.show(id, 'busy', `${id}: checking the file`);
    case 'failed':
      return narrator.say('warn', `${id}: ${progress.source}: ${progress.reason}`);
  }
};

type Counted = Extract<FetchProgress, { receivedBytes: number }>;

const label = (id: string, { part, parts }: Extract<FetchProgress, { phase: 'downloading' }>): string =>
  parts === 1 ? id : `${id} (part ${part} of ${parts})`;

// A total that pip announced is rounded; more than all is shown as all.
const ratioOf = ({ receivedBytes, totalBytes }: Counted): number | undefined =>
  totalBytes === undefined || totalBytes === 0 ? undefined : Math.min(1, receivedBytes / totalBytes);

const amount = ({ receivedBytes, totalBytes }: Counted): string =>
  totalBytes === undefined ? formatBytes(receivedBytes) : `${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)}`;
