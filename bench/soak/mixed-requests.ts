/** One of the requests of the soak. */
export interface MixedRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  /** The statuses that are right for it. */
  readonly statuses: readonly number[];
}

/** Texts shorter than this are remembered as harmless by the redactor, a thousand of them at most. */
const LONG = ' nothing to see here'.repeat(30);
const PAD = 'x'.repeat(600);

const chat = (text: string, more: object): string =>
  JSON.stringify({ model: 'scripted', messages: [{ role: 'user', content: text }], max_tokens: 4, ...more });

/**
 * The request of a number: most are answered, some streamed, kept by the cache, done as jobs or refused, and none is
 * like another, so that whatever is remembered of each would show.
 */
export const mixedRequest = (number: number): MixedRequest => {
  const text = `request ${number}${LONG}`;
  const [chats, inference] = ['/v1/chat/completions', '/api/v1/inference'];
  switch (number % 20) {
    case 0:
    case 10:
      return { method: 'POST', path: chats, body: chat(text, { stream: true }), statuses: [200] };
    case 1:
      return { method: 'POST', path: chats, body: chat(text, { model: `model-${number}` }), statuses: [404] };
    case 2:
      return { method: 'GET', path: `/api/v1/jobs/job-${number}`, statuses: [404] };
    case 3:
      return { method: 'POST', path: inference, body: `{"prompt": "${number}`, statuses: [400] };
    case 4:
    case 14: {
      const body = JSON.stringify({ prompt: text, scenario: 'kept', temperature: 0, maxTokens: 4 });
      return { method: 'POST', path: inference, body, statuses: [200] };
    }
    case 5: {
      const body = JSON.stringify({ prompt: text, mode: 'async', maxTokens: 4 });
      // A job is done after an answer: many at once find the store of jobs busy.
      return { method: 'POST', path: inference, body, statuses: [202, 429, 503] };
    }
    case 6:
      return { method: 'GET', path: `/nowhere/${number}${PAD}`, statuses: [404] };
    default:
      return { method: 'POST', path: chats, body: chat(text, { user: `user-${number}` }), statuses: [200] };
  }
};

/** Headers that no other request has. */
export const mixedHeaders = (number: number, token: string): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
  'user-agent': `soak/${number}`,
  'x-request-id': `soak-${number}`,
  traceparent: `00-${(number + 1).toString(16).padStart(32, '0')}-${(number + 1).toString(16).padStart(16, '0')}-00`,
});
