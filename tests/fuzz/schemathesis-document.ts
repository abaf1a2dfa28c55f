type Json = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One event as Schemathesis reads it: its `data` is text, JSON but for the one that ends a stream of OpenAI's. */
const eventOf = (data: unknown): Json => ({
  type: 'object',
  required: ['data'],
  properties: {
    data: {
      anyOf: [
        { type: 'string', enum: ['[DONE]'] },
        { type: 'string', contentMediaType: 'application/json', contentSchema: data },
      ],
    },
  },
});

/**
 * The document with its streams described as Schemathesis wants them. OpenAPI 3.0 has no words for events, so ours
 * describes the `data` of one, as OpenAI's document does; Schemathesis takes the words of OpenAPI 3.2.
 */
export const withEvents = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withEvents);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'text/event-stream' && isObject(inner) ? { ...inner, schema: eventOf(inner.schema) } : withEvents(inner),
    ]),
  );
};
