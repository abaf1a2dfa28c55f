import { describe, expect, it } from 'vitest';
import { createWayOut } from '../../../core/egress/way-out.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { EngineContext } from '../engine.ts';
import { parseLlamaOptions } from './options.ts';
import { createLlamaPlugin } from './plugin.ts';

/** A start that gets no further than the fall-back, which has no file to load. */
const startWith = async (open: Parameters<typeof createLlamaPlugin>[0]) => {
  const lines: string[] = [];
  const context: EngineContext = {
    spec: {
      ...{ plugin: 'llama', modelId: 'none', files: [], slots: 1, context: 'auto', kvTokens: 'auto', threads: 1 },
      ...{ gpuLayers: 'auto', device: 'cpu' },
    },
    egress: createWayOut({ rows: [] }),
    loading: () => {},
    turn: () => {},
    log: (line) => lines.push(line),
    now: () => 0,
    signal: new AbortController().signal,
  };
  const plugin = createLlamaPlugin(open);
  const failure = await Promise.resolve(plugin.start({ ...context, config: parseLlamaOptions({}) })).catch(
    (error: unknown) => error,
  );
  return { failure, lines };
};

describe('the llama engine', () => {
  it('says why another engine runs instead when a library cannot be opened', async () => {
    const { lines } = await startWith(() => Promise.reject(new Error('libllama.so: cannot open shared object file')));
    expect(lines.join()).toContain('libllama.so: cannot open shared object file');
  });

  it('does not fall back over what the configuration asks for', async () => {
    const refused = new ServiceError('ERR_ENGINE_LOAD', 'no such device');
    const { failure, lines } = await startWith(() => Promise.reject(refused));
    expect(failure).toBe(refused);
    expect(lines).toEqual([]);
  });
});
