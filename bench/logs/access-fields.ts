/** What the gateway says of a request, each with an id unlike any other. */
export const accessFields = (at: number) => ({
  ...{ 'http.request.method': 'POST', 'http.request.id': requestId(at), 'http.version': '2.0' },
  ...{ 'http.response.status_code': 200, 'http.response.body.bytes': 265, 'http.request.body.bytes': 18 },
  ...{ 'url.path': '/v1/chat/completions', 'event.duration': 123_164_263 + at, 'event.outcome': 'success' },
  ...{ 'client.ip': '127.0.0.1', 'labels.key_id': 'jwt:bench', 'gen_ai.request.model': 'scripted' },
  ...{ 'labels.queue_ms': 0.1, 'labels.prefill_ms': 0.2, 'labels.decode_ms': 0.2, 'labels.outcome': 'ok' },
  ...{ 'gen_ai.usage.input_tokens': 2, 'gen_ai.usage.output_tokens': 2 },
});

const requestId = (at: number): string => `req_bench_${String(at).padStart(9, '0')}`;
