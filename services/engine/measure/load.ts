import { basename } from 'node:path';
import { promisify } from 'node:util';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Native } from '../ffi/native.ts';
import { keepNativeLogs } from '../llama/native-logs.ts';
import { explainLoadFailure } from '../node-llama-cpp/load-failure.ts';

const ALL_LAYERS = -1;

interface LoadJob {
  readonly file: string;
  readonly cells: number;
  readonly threads: number;
  readonly sequences?: number;
}

/** Loads a model that only decodes, with one pool of cells for all of its sequences. The process is to end afterwards. */
export const loadForMeasure = async (native: Native, job: LoadJob, batchTokens: number, outputs: number) => {
  const { api } = native;
  const logs = keepNativeLogs(native);
  try {
    const model = await promisify(api.llama_model_load_from_file.async)(job.file, {
      ...api.llama_model_default_params(),
      n_gpu_layers: ALL_LAYERS,
    });
    if (model === null) throw new Error('failed to load model');
    if (!api.llama_model_has_decoder(model) || api.llama_model_has_encoder(model)) {
      throw unfit(job, 'a model that only decodes', 'one with an encoder');
    }
    const context = await promisify(api.llama_init_from_model.async)(model, {
      ...api.llama_context_default_params(),
      ...{
        n_ctx: job.cells,
        n_batch: batchTokens,
        n_ubatch: batchTokens,
        n_outputs_max: outputs,
        n_seq_max: job.sequences ?? 1,
      },
      ...{ n_threads: job.threads, n_threads_batch: job.threads, no_perf: true, kv_unified: true },
    });
    if (context === null) throw new Error(`failed to allocate a context of ${job.cells} tokens`);
    return { model, context, buffers: logs.buffers };
  } catch (error) {
    throw explainLoadFailure(error, logs.lines, basename(job.file));
  } finally {
    logs.stop();
  }
};

/** What is measured wants a model of another kind, or one that works. */
export const unfit = ({ file }: Pick<LoadJob, 'file'>, expected: string, got: string): ServiceError =>
  new ServiceError('ERR_MODELS_CAPABILITY', `${basename(file)}: expected ${expected}, got ${got}`);
