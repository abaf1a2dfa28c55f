import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createPipe } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';

const SEALED = fileURLToPath(new URL('./fixtures/sealed-process.ts', import.meta.url));

it('a sealed process reaches nothing but through the connector, and pipes of its own machine', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clawdbot-seal-'));
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.end('hello');
  });
  const pipe = createPipe((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => pipe.listen(join(folder, 'pipe'), resolve));
  try {
    // Safe: a server that listens on TCP has this form of address.
    const { port } = server.address() as AddressInfo;
    const { stdout } = await execa(process.execPath, [SEALED, String(port), join(folder, 'pipe')], { stdin: 'ignore' });
    expect(JSON.parse(stdout)).toEqual({
      fetch: 'ERR_EGRESS_REFUSED',
      http: 'ERR_EGRESS_REFUSED',
      net: 'ERR_EGRESS_REFUSED',
      netOptions: 'ERR_EGRESS_REFUSED',
      tls: 'ERR_EGRESS_REFUSED',
      undici: 'ERR_EGRESS_REFUSED',
      webSocket: 'Error: no connection',
      dgram: 'ERR_EGRESS_REFUSED',
      pipe: 'connected',
      egress: 'connected',
    });
    expect(requests).toBe(1);
  } finally {
    await new Promise((resolve) => server.close(resolve));
    await new Promise((resolve) => pipe.close(resolve));
    await rm(folder, { recursive: true, force: true });
  }
});
