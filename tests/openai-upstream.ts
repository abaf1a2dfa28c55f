import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createWayOut } from '../core/egress/way-out.ts';
import type { Engine } from '../services/engine/engine.ts';
import type { ChatMessage, GenerationRequest } from '../services/engine/protocol/generation.ts';
import type { EngineEvent } from '../services/engine/protocol/messages.ts';
import { scriptedEngine } from '../services/engine/scripted/plugin.ts';
import { createWork } from '../services/engine/work.ts';

/** What arrived at an upstream. */
export interface UpstreamRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: UpstreamBody;
}

interface UpstreamBody {
  readonly model?: string;
  readonly messages?: readonly ChatMessage[];
  readonly prompt?: string;
  readonly input?: readonly string[];
  readonly max_tokens?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
}

export interface Upstream {
  /** With the version, as in the options of the engine. */
  readonly baseUrl: string;
  readonly requests: readonly UpstreamRequest[];
  /** Generations it has under way. */
  readonly active: () => number;
  close(): Promise<void>;
}

/** A server with a behaviour of its own, on a free port of the loopback interface. */
export const listenUpstream = async (
  handle: RequestListener,
  tls?: { readonly cert: string; readonly key: string },
): Promise<Pick<Upstream, 'baseUrl' | 'close'>> => {
  const server: Server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Safe: a server that listens on TCP has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `${tls === undefined ? 'http://127.0.0.1' : 'https://localhost'}:${port}/v1`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** A real OpenAI-compatible server with the scripted engine behind it. */
export const startUpstream = async (options: {
  readonly context: number;
  readonly script?: Readonly<Record<string, unknown>>;
  readonly key?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
}): Promise<Upstream> => {
  const engine = await openScripted(options.context, options.script ?? {});
  const requests: UpstreamRequest[] = [];
  let nextId = 1;

  const generate = (body: UpstreamBody, response: ServerResponse): void => {
    const id = nextId;
    nextId += 1;
    const isChat = body.messages !== undefined;
    const request = toGeneration(body);
    const work = createWork({
      id,
      request,
      emit: (event) => answerWith(event, isChat, response),
      onEnd: () => {},
      now: () => performance.now(),
    });
    response.on('close', () => engine.cancel(id));
    engine.generate(id, request, work);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    if (path === '/v1/models') return sendJson(response, 200, { object: 'list', data: [{ id: 'test' }] });
    // Safe: only the engine under test talks to this server.
    const body = (await json(request)) as UpstreamBody;
    const { authorization } = request.headers;
    requests.push({ path, authorization, body });
    if (options.key !== undefined && authorization !== `Bearer ${options.key}`) {
      return sendJson(response, 401, { error: { message: `no such key: ${authorization}`, type: 'auth' } });
    }
    if (path === '/v1/embeddings') return sendJson(response, 200, await embed(engine, body.input ?? []));
    generate(body, response);
  };

  const { baseUrl, close } = await listenUpstream((request, response) => void serve(request, response), options.tls);
  return {
    baseUrl,
    requests,
    active: () => engine.stats().slotsUsed,
    close: async () => {
      await close();
      await engine.stop();
    },
  };
};

const openScripted = (context: number, script: Readonly<Record<string, unknown>>): Promise<Engine> =>
  scriptedEngine.start({
    config: scriptedEngine.config(script),
    spec: {
      plugin: 'scripted',
      modelId: 'test',
      files: [],
      slots: 64,
      context,
      kvTokens: 'auto',
      threads: 1,
      gpuLayers: 'auto',
      device: 'cpu',
    },
    egress: createWayOut({ rows: [] }),
    loading: () => {},
    turn: () => {},
    log: () => {},
    now: () => performance.now(),
    signal: new AbortController().signal,
  });

const toGeneration = (body: UpstreamBody): GenerationRequest => ({
  input:
    body.messages === undefined
      ? { kind: 'text', prompt: body.prompt ?? '' }
      : { kind: 'chat', messages: body.messages },
  maxTokens: body.max_tokens ?? null,
  temperature: 0,
  topP: 1,
  seed: body.seed ?? null,
  stop: body.stop ?? [],
  responseFormat: { type: 'text' },
});

const answerWith = (event: EngineEvent, isChat: boolean, response: ServerResponse): void => {
  const send = (data: unknown) => response.write(`data: ${JSON.stringify(data)}\n\n`);
  if (event.type === 'accepted') response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  else if (event.type === 'failed') {
    const error = {
      message: event.message,
      code: 'context_length_exceeded',
      n_prompt_tokens: event.details?.promptTokens,
      n_ctx: event.details?.contextTokens,
    };
    sendJson(response, 400, { error });
  } else if (event.type === 'tokens') {
    const said = isChat ? { delta: { content: event.text } } : { text: event.text };
    send({ choices: [{ index: 0, ...said, finish_reason: null }] });
  } else if (event.type === 'finished') {
    send({ choices: [{ index: 0, ...(isChat ? { delta: {} } : { text: '' }), finish_reason: event.reason }] });
    const { promptTokens, completionTokens } = event.usage;
    send({ choices: [], usage: { prompt_tokens: promptTokens, completion_tokens: completionTokens } });
    response.end('data: [DONE]\n\n');
  }
};

const embed = async (engine: Engine, inputs: readonly string[]): Promise<unknown> => {
  const result = await engine.compute?.({ kind: 'embed', inputs }, new AbortController().signal);
  if (result?.kind !== 'embed') throw new TypeError('the engine behind this upstream makes no embeddings');
  return {
    // In another order than asked for, which the protocol allows.
    data: result.vectors.map((embedding, index) => ({ index, embedding })).toReversed(),
    usage: { prompt_tokens: result?.promptTokens },
  };
};

const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};
