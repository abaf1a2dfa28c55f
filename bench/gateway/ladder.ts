import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { dataPaths } from '../../core/config/paths.ts';
import { configSchema } from '../../core/config/schema.ts';
import { createLoggers } from '../../core/telemetry/log.ts';
import { createTelemetry } from '../../core/telemetry/telemetry.ts';
import { createAdmission } from '../../services/inference/admit/admission.ts';
import { createAuth } from '../../services/inference/auth/auth.ts';
import { CHUNK_MS, CHUNKS, REPLY } from './reply.ts';

/** What a ladder server does besides answering, one more each time. */
export const RUNGS = ['bare', 'tls', 'jwt', 'limits', 'telemetry'] as const;
export type Rung = (typeof RUNGS)[number];

const SERVICE = { serviceName: 'clawdbot', version: 'bench' };

/** Serves the same answers as the gateway from one process, with as many of its parts as the rung says. */
const serve = async (rung: Rung, data: string): Promise<void> => {
  const has = (wanted: Rung): boolean => RUNGS.indexOf(rung) >= RUNGS.indexOf(wanted);
  const paths = dataPaths(data);
  const config = configSchema.parse({ limits: { maxConcurrency: 256, queue: 4096 } });
  const telemetry = createTelemetry({ ...SERVICE, enabled: has('telemetry') });
  const log = createLoggers({ dir: join(data, 'ladder', rung), ...config.logging, ...SERVICE });
  const auth = has('jwt')
    ? await createAuth({ server: config.server, config: config.auth, paths, log: log.app })
    : undefined;
  const admission = has('limits') ? createAdmission({ limits: config.limits, now: Date.now, telemetry }) : undefined;

  const admit = async (authorization: string | undefined, signal: AbortSignal) => {
    const caller = await auth?.verify(authorization, '127.0.0.1');
    const entry = { keyId: caller?.keyId ?? '', priority: 'normal', estimatedTokens: 32, signal } as const;
    return admission?.enter({ ...entry, deadlineAt: Date.now() + 60_000 });
  };

  const record = (startedAt: number): void => {
    if (!has('telemetry')) return;
    const seconds = (performance.now() - startedAt) / 1000;
    telemetry.counter('requests', { outcome: 'ok' });
    telemetry.record('requestDuration', seconds, { 'gen_ai.operation.name': 'text_completion' });
    telemetry.record('timeToFirstToken', seconds, { 'gen_ai.operation.name': 'text_completion' });
    telemetry.counter('tokens', { 'gen_ai.token.type': 'input' }, 16);
    telemetry.counter('tokens', { 'gen_ai.token.type': 'output' }, 16);
    telemetry.record('httpDuration', seconds, { 'http.request.method': 'POST' });
    log.access.info('request.answered', { 'url.path': '/api/v1/inference', 'event.duration': seconds * 1e9 });
  };

  const app = new Hono();
  app.post('/api/v1/inference', async (context) => {
    const startedAt = performance.now();
    const slot = await admit(context.req.header('authorization'), context.req.raw.signal);
    const { stream } = await context.req.json<{ stream?: boolean }>();
    const end = (): void => {
      slot?.release(32);
      record(startedAt);
    };
    if (stream === true) return new Response(events(end), { headers: { 'content-type': 'text/event-stream' } });
    end();
    return context.json({ text: REPLY });
  });
  listen(getRequestListener(app.fetch), has('tls') ? join(paths.tls, 'server') : undefined);
};

const events = (end: () => void): ReadableStream => {
  const text = new TextEncoder();
  return new ReadableStream({
    async start(controller) {
      for (let index = 0; index < CHUNKS; index += 1) {
        await sleep(CHUNK_MS);
        controller.enqueue(text.encode(`event: token\ndata: {"text":"${REPLY.slice(0, 4)}"}\n\n`));
      }
      controller.close();
      end();
    },
  });
};

const listen = (listener: ReturnType<typeof getRequestListener>, certificate: string | undefined): void => {
  const server =
    certificate === undefined
      ? createHttpServer(listener)
      : createSecureServer(
          {
            ...{ allowHTTP1: true, minVersion: 'TLSv1.3' },
            ...{ cert: readFileSync(`${certificate}.crt`), key: readFileSync(`${certificate}.key`) },
          },
          listener,
        );
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) process.send?.({ port: address.port });
  });
};

if (import.meta.main) {
  process.once('disconnect', () => process.exit(0));
  const [rung, data = ''] = process.argv.slice(2);
  await serve(RUNGS.find((known) => known === rung) ?? 'bare', data);
}
