import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';

/** What the gateway is compared with: the same framework over the same TLS, answering at once. */
const [certFile = '', keyFile = ''] = process.argv.slice(2);
const app = new Hono();
app.post('/api/v1/inference', async (context) => {
  const { prompt } = await context.req.json<{ prompt: string }>();
  return context.json({ text: prompt });
});
const server = createSecureServer(
  { allowHTTP1: true, minVersion: 'TLSv1.3', cert: readFileSync(certFile), key: readFileSync(keyFile) },
  getRequestListener(app.fetch),
);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port });
});
process.once('disconnect', () => process.exit(0));
