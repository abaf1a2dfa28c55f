import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';

/** As long as the bodies of our refusals. */
const BODY = Buffer.from(JSON.stringify({ error: { code: 'ERR_BENCH', message: 'x'.repeat(120) } }));
const HEADERS = { 'content-type': 'application/json', 'content-length': BODY.length };

/** Answers the status that its path names, and does nothing else: what Node's TLS and HTTP take of a refusal. */
const serve = (certificate: string): void => {
  const pair = { cert: readFileSync(`${certificate}.crt`), key: readFileSync(`${certificate}.key`) };
  const server = createServer({ ...pair, minVersion: 'TLSv1.3' }, (incoming, outgoing) => {
    outgoing.writeHead(Number(incoming.url?.slice(1)), HEADERS);
    outgoing.end(BODY);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) process.send?.({ port: address.port });
  });
};

if (import.meta.main) {
  process.once('disconnect', () => process.exit(0));
  serve(join(process.argv[2] ?? '', 'tls', 'server'));
}
