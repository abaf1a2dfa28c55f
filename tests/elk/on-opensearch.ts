import { fieldsOf } from '../../elk/elasticsearch/stream-fields.ts';
import type { Resource } from '../../elk/resource.ts';
import { STREAM_KEYS } from '../../elk/streams.ts';

type Processor = Readonly<Record<string, unknown>>;

const DOTTED = [...new Set(STREAM_KEYS.flatMap((key) => Object.keys(fieldsOf(key))))].filter((name) =>
  name.includes('.'),
);

/** `dot_expander` with `*` came to Elasticsearch after OpenSearch had parted from it: there it is one for each field we know. */
const expandEach: readonly Processor[] = DOTTED.map((field) => ({
  dot_expander: { if: `ctx.containsKey('${field}')`, field, ignore_failure: true },
}));

const translate = (processor: Processor): readonly Processor[] => {
  const options = processor.dot_expander;
  const isForAll = typeof options === 'object' && options !== null && 'field' in options && options.field === '*';
  return isForAll ? expandEach : [processor];
};

/** A pipeline of ours as OpenSearch takes it; but for that one processor, and what we note about ourselves, it is as shipped. */
export const forOpenSearch = (pipeline: Resource): Resource => {
  // Safe: the body of every pipeline of ours.
  const { _meta: _, ...body } = pipeline.put.body as {
    readonly _meta: object;
    readonly processors: readonly Processor[];
  };
  return { ...pipeline, put: { ...pipeline.put, body: { ...body, processors: body.processors.flatMap(translate) } } };
};
