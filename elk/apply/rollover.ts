import { ServiceError } from '../../core/errors/service-error.ts';
import type { Shape } from '../elasticsearch/shape.ts';
import { DIGEST, digestOf } from '../elasticsearch/templates.ts';
import { ALL_STREAMS, STREAM_KEYS, type StreamKey, streamPattern } from '../streams.ts';
import { unfit } from './cluster.ts';
import { reasonIn, type Server } from './server.ts';

/** A data stream of ours and the index that is written now. */
export interface FoundStream {
  readonly key: StreamKey;
  readonly name: string;
  readonly writeIndex: string;
  /** Whether that index was made from other templates than are wanted. */
  readonly isOutdated: boolean;
}

interface ResolveAnswer {
  readonly data_streams?: readonly { readonly name: string; readonly backing_indices?: readonly string[] | string }[];
}

/** The data streams of ours that are there, in every namespace. */
export const findStreams = async (server: Server, shape: Shape): Promise<readonly FoundStream[]> => {
  const { body } = await server.ask({ method: 'GET', path: `/_resolve/index/${ALL_STREAMS}` });
  // Safe: only read, and what is not there is undefined.
  const { data_streams: streams = [] } = (body ?? {}) as ResolveAnswer;
  const found: FoundStream[] = [];
  for (const { name, backing_indices: indices = [] } of streams) {
    const key = STREAM_KEYS.find((each) => name.startsWith(streamPattern(each).slice(0, -1)));
    const writeIndex = [indices].flat().toSorted(byGeneration).at(-1);
    if (key === undefined || writeIndex === undefined) continue;
    const digest = await digestIn(server, writeIndex);
    found.push({ key, name, writeIndex, isOutdated: digest !== digestOf(key, shape) });
  }
  return found;
};

/** `.ds-<stream>-<date>-<generation>`: the clock may go back, the generation does not. */
const byGeneration = (one: string, other: string): number => generationOf(one) - generationOf(other);
const generationOf = (index: string): number => Number(/-([0-9]+)$/.exec(index)?.[1] ?? 0);

interface MappingAnswer {
  readonly [index: string]: { readonly mappings?: { readonly _meta?: Readonly<Record<string, unknown>> } } | undefined;
}

const digestIn = async (server: Server, index: string): Promise<unknown> => {
  const { body } = await server.ask({ method: 'GET', path: `/${index}/_mapping` });
  // Safe: only read, and what is not there is undefined.
  return ((body ?? {}) as MappingAnswer)[index]?.mappings?._meta?.[DIGEST];
};

interface BlocksAnswer {
  readonly [index: string]: { readonly settings?: Readonly<Record<string, unknown>> } | undefined;
}

const BLOCK = /^index\.blocks\.(write|read_only|read_only_allow_delete)$/;

/** Throws where the index that is written now cannot be: nothing new would arrive, whatever the templates say. */
export const assertStreamsWritable = async (server: Server, streams: readonly FoundStream[]): Promise<void> => {
  for (const { name, writeIndex } of streams) {
    const { body } = await server.ask({ method: 'GET', path: `/${writeIndex}/_settings?flat_settings=true` });
    // Safe: only read, and what is not there is undefined.
    const settings = ((body ?? {}) as BlocksAnswer)[writeIndex]?.settings ?? {};
    const block = Object.keys(settings).find((key) => BLOCK.test(key) && String(settings[key]) === 'true');
    if (block === undefined) continue;
    const advice = `free its disk where that is full, then PUT /${writeIndex}/_settings {"${block}":null}; nothing was changed`;
    throw unfit(server, `${name} to be writable`, `${block}: true on ${writeIndex}`, advice);
  }
};

/** Begins a new index, which is made from the templates as they are now. What was written stays where it is. */
export const rollOver = async (server: Server, { name }: FoundStream): Promise<void> => {
  const { status, body } = await server.ask({ method: 'POST', path: `/${name}/_rollover` });
  if (status === 200) return;
  throw new ServiceError(
    'ERR_ELK_FAILED',
    `${server.title}: ${name}: expected a new index, got ${status}: ${reasonIn(body)}; the templates are as they should be, apply again to begin it`,
  );
};
