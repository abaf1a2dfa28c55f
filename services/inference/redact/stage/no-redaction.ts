import type { CallRedaction } from './call-redaction.ts';

/** For a service that redacts nothing. */
export const NO_REDACTION: CallRedaction = {
  version: 'none',
  count: 0,
  request: (request) => request,
  task: (task) => task,
  readTokens: undefined,
  readTaskTokens: undefined,
  answer: () => ({ see: (event) => [event], close: () => undefined }),
  kept: (_request, events) => events,
  result: (result) => result,
  pseudonyms: () => [],
  end: () => undefined,
};
