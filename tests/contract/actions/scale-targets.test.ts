import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { targets } from '../../../alerting/actions/scale/targets/registry.ts';
import { runProgram } from '../../../alerting/actions/scale/targets/run.ts';
import type { ScaleTarget, TargetContext } from '../../../alerting/actions/scale/targets/target.ts';
import { createWayOut } from '../../../core/egress/way-out.ts';
import { ensureLocalCertificate } from '../../../services/inference/http/local-certificate.ts';
import { scriptedModel, startGateway, type TestGateway } from '../../gateway.ts';

const NEVER = new AbortController().signal;
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** A target over the real thing, or over a server or program that behaves as it does. */
interface Stage {
  readonly target: ScaleTarget;
  /** How many the other side says there are. */
  count(): Promise<number>;
  stop(): Promise<unknown>;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdbot-scale-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const startTarget = async (name: string, options: object, context: Partial<TargetContext>): Promise<ScaleTarget> => {
  const plugin = await targets.resolve(name, 'scaleTarget');
  const nothing = () => Promise.reject(new Error('not expected here'));
  const config: unknown = plugin.config(options);
  return plugin.start({
    ...{ gateway: { ask: nothing }, measure: nothing, run: runProgram, now: Date.now },
    out: createWayOut({ rows: [{ host: '127.0.0.0/8', purpose: 'scale', dataClass: 'metadata' }] }),
    ...context,
    config,
  });
};

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
};

const startEngines = async (): Promise<Stage & { gateway: TestGateway }> => {
  const gateway = await startGateway({ config: { models: [scriptedModel()] } });
  const ask: TargetContext['gateway']['ask'] = async (method, path, body) => {
    const answer = await gateway.send(method, path, body);
    return { status: answer.status, body: answer.json() };
  };
  return {
    gateway,
    target: await startTarget('engine-replicas', {}, { gateway: { ask } }),
    async count() {
      const { models } = (await ask('GET', '/api/v1/admin/replicas')).body as { models: { wanted: number }[] };
      return models[0]?.wanted ?? -1;
    },
    stop: () => gateway.stop(),
  };
};

/** A `docker` that keeps its containers in a file and its arguments in another. */
const startCompose = async (): Promise<Stage & { log: string }> => {
  const [docker, state, log] = ['docker', 'containers', 'log'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(state, '1');
  await writeFile(
    docker,
    `#!${process.execPath}
const { readFileSync, writeFileSync, appendFileSync } = require('node:fs');
const words = process.argv.slice(2);
appendFileSync(${JSON.stringify(log)}, JSON.stringify(words) + '\\n');
const at = words.indexOf('--scale');
if (at > 0) writeFileSync(${JSON.stringify(state)}, words[at + 1].split('=')[1]);
else if (words.includes('ps')) for (let i = 0; i < Number(readFileSync(${JSON.stringify(state)})); i += 1) console.log('id' + i);
else { console.error('unknown command'); process.exit(1); }
`,
  );
  await chmod(docker, 0o755);
  const options = { service: 'gateway', files: ['a; touch x.yml'], project: 'claw', command: docker };
  return {
    log,
    target: await startTarget('docker-compose', options, {}),
    count: async () => Number(await readFile(state, 'utf8')),
    stop: async () => undefined,
  };
};

interface Cluster extends Stage {
  replicas: number;
  version: number;
  /** How many writes are told that somebody else wrote meanwhile. */
  conflicts: number;
  onConflict(): void;
}

/** The scale subresource of the API server: bearer token, optimistic concurrency, merge patch. */
const startCluster = async (): Promise<Cluster> => {
  const { caFile, certFile, keyFile } = await ensureLocalCertificate({
    dir: join(folder, 'tls'),
    config: { host: '127.0.0.1', names: [] },
    now: Date.now,
  });
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'first\n');
  const answer = (response: ServerResponse, code: number, body: object) =>
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const failure = (response: ServerResponse, code: number, reason: string, message: string) =>
    answer(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code });
  const scale = () => ({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name: 'engines', namespace: 'llm', resourceVersion: String(cluster.version) },
    spec: { replicas: cluster.replicas },
    status: { replicas: cluster.replicas, selector: 'app=engines' },
  });
  const serve: RequestListener = async (request, response) => {
    const body = await textOf(request);
    if (request.headers.authorization !== `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`)
      return failure(response, 401, 'Unauthorized', 'Unauthorized');
    if (request.url !== '/apis/apps/v1/namespaces/llm/deployments/engines/scale')
      return failure(response, 404, 'NotFound', 'deployments.apps "none" not found');
    if (request.method === 'GET') return answer(response, 200, scale());
    if (request.method !== 'PATCH' || request.headers['content-type'] !== 'application/merge-patch+json')
      return failure(response, 415, 'UnsupportedMediaType', 'the body of the request was in an unknown format');
    const patch = JSON.parse(body) as { metadata: { resourceVersion: string }; spec: { replicas: number } };
    if (cluster.conflicts > 0) {
      cluster.conflicts -= 1;
      cluster.version += 1;
      cluster.onConflict();
    }
    if (patch.metadata.resourceVersion !== String(cluster.version)) {
      const message = 'Operation cannot be fulfilled on deployments.apps "engines": the object has been modified';
      return failure(response, 409, 'Conflict', message);
    }
    cluster.replicas = patch.spec.replicas;
    cluster.version += 1;
    return answer(response, 200, scale());
  };
  const server = createTlsServer({ cert: await readFile(certFile), key: await readFile(keyFile) }, serve);
  const url = `https://127.0.0.1:${await listen(server)}`;
  const options = { url, tokenFile, caFile, namespace: 'llm', name: 'engines' };
  const target = await startTarget('kubernetes', options, {});
  const cluster: Cluster = {
    ...{ target, replicas: 1, version: 41, conflicts: 0, onConflict: () => undefined },
    count: async () => cluster.replicas,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
  return cluster;
};

interface Receiver extends Stage {
  readonly seen: { readonly key: string; readonly body: unknown }[];
  status: number;
}

/** Checks signature and age, and acts once on each key. */
const startReceiver = async (): Promise<Receiver> => {
  const secretFile = join(folder, 'secret');
  await writeFile(secretFile, `${SECRET}\n`);
  let replicas = 1;
  const server = createServer(async (request, response) => {
    const text = await textOf(request);
    const body = new Webhook(SECRET).verify(text, request.headers as Record<string, string>) as {
      data: { to: number };
    };
    const key = String(request.headers['idempotency-key']);
    if (receiver.status === 200 && !receiver.seen.some((one) => one.key === key)) replicas = body.data.to;
    receiver.seen.push({ key, body });
    response.writeHead(receiver.status).end();
  });
  const url = `http://127.0.0.1:${await listen(server)}/scale`;
  const measure = async () => ({ value: replicas, ageMs: 0 });
  const receiver: Receiver = {
    ...{ seen: [], status: 200 },
    target: await startTarget('webhook', { url, secretFile }, { measure }),
    count: async () => replicas,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
  return receiver;
};

const change = (from: number, to: number) => ({
  model: 'scripted',
  from,
  to,
  reason: 'a test',
  key: `k-${from}-${to}`,
});

describe.each([
  ['engine-replicas', startEngines],
  ['docker-compose', startCompose],
  ['kubernetes', startCluster],
  ['webhook', startReceiver],
] as const)('the target %s', (_name, start) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await start();
  });
  afterAll(async () => {
    await stage?.target.stop();
    await stage?.target.stop();
    await stage?.stop();
  });

  it('says how many there are, makes more of them, and fewer again; twice is once', async () => {
    expect(await stage.target.read('scripted', NEVER)).toMatchObject({ replicas: 1, room: { fits: true } });
    expect(await stage.target.change(change(1, 3), NEVER)).toEqual({ replicas: 3 });
    expect(await stage.target.change(change(1, 3), NEVER)).toEqual({ replicas: 3 });
    expect(await stage.count()).toBe(3);
    expect((await stage.target.read('scripted', NEVER)).replicas).toBe(3);
    expect(await stage.target.change(change(3, 2), NEVER)).toEqual({ replicas: 2 });
    expect(await stage.count()).toBe(2);
  });
});

describe('engine-replicas', () => {
  it('knows what the configuration, a person and it itself set', async () => {
    const { target, gateway, stop } = await startEngines();
    try {
      expect(await target.read('scripted', NEVER)).toMatchObject({ configured: 1, changedBy: 'nobody' });
      await target.change(change(1, 2), NEVER);
      expect(await target.read('scripted', NEVER)).toEqual({ replicas: 2, changedBy: 'nobody', room: { fits: true } });
      await gateway.send('PUT', '/api/v1/admin/replicas', { model: 'scripted', replicas: 3 });
      expect(await target.read('scripted', NEVER)).toMatchObject({ replicas: 3, changedBy: 'person' });
      await expect(target.read('none', NEVER)).rejects.toThrow('no model none');
    } finally {
      await stop();
    }
  });
});

describe('docker-compose', () => {
  it('hands its words over one by one, whatever is in them', async () => {
    const { target, log } = await startCompose();
    await rm(log, { force: true });
    await target.change(change(1, 2), NEVER);
    const words = ['compose', '--file', 'a; touch x.yml', '--project-name', 'claw', 'up', '--detach', '--no-recreate'];
    expect(JSON.parse(await readFile(log, 'utf8'))).toEqual([...words, '--no-deps', '--scale', 'gateway=2', 'gateway']);
  });

  it('says what the program said when it fails', async () => {
    const target = await startTarget('docker-compose', { service: 'gateway', command: join(folder, 'absent') }, {});
    await expect(target.read('m', NEVER)).rejects.toThrow(/absent/);
  });
});

describe('kubernetes', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(async () => {
    await cluster?.target.stop();
    await cluster?.stop();
  });

  it('tries again where something else of the object was written meanwhile', async () => {
    cluster.conflicts = 2;
    expect(await cluster.target.change(change(1, 2), NEVER)).toEqual({ replicas: 2 });
  });

  it('gives up where somebody else set another number meanwhile', async () => {
    cluster.conflicts = 1;
    cluster.onConflict = () => {
      cluster.replicas = 5;
    };
    expect(await cluster.target.change(change(2, 3), NEVER)).toEqual({
      replicas: 5,
      reason: 'somebody set 5 replicas meanwhile',
    });
  });

  it('does not try for ever, and says what the server said', async () => {
    cluster.onConflict = () => undefined;
    cluster.conflicts = 9;
    await expect(cluster.target.change(change(5, 6), NEVER)).rejects.toThrow(/409.*has been modified/);
    cluster.conflicts = 0;
  });

  it('reads its token anew for every request', async () => {
    await writeFile(join(folder, 'token'), 'second\n');
    expect((await cluster.target.read('m', NEVER)).replicas).toBe(5);
  });
});

describe('webhook', () => {
  it('signs, and sends the same key at every attempt at the same change', async () => {
    const receiver = await startReceiver();
    receiver.status = 503;
    await expect(receiver.target.change(change(1, 2), NEVER)).rejects.toThrow('the receiver answered 503');
    receiver.status = 200;
    await receiver.target.change(change(1, 2), NEVER);
    expect(receiver.seen.map(({ key }) => key)).toEqual(['k-1-2', 'k-1-2']);
    expect(receiver.seen[0]?.body).toMatchObject({ type: 'scale.out', data: { model: 'scripted', from: 1, to: 2 } });
    await receiver.target.stop();
    await receiver.stop();
  });
});
