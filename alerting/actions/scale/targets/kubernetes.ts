import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Egress } from '../../../../core/egress/egress.ts';
import { definePlugin } from '../../../../core/plugins/plugin.ts';
import type { ScaleTarget, TargetContext } from './target.ts';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const name = z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);

const options = z.strictObject({
  url: z.url({ protocol: /^https$/ }).default('https://kubernetes.default.svc'),
  /** Read again for every request: the kubelet renews it. */
  tokenFile: z.string().min(1).default(`${ACCOUNT}/token`),
  caFile: z.string().min(1).default(`${ACCOUNT}/ca.crt`),
  namespace: name,
  kind: z.enum(['deployments', 'statefulsets']).default('deployments'),
  name,
});

type Options = z.output<typeof options>;

/** The part of `autoscaling/v1` Scale that is read. */
const scaleObject = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z.object({ replicas: z.number().default(0) }).default({ replicas: 0 }),
});

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1_048_576;
const OK = 200;
const CONFLICT = 409;
/** Whoever writes more often than this at the same time is left to it. */
const ATTEMPTS = 3;

/** A deployment or stateful set, by its `scale` subresource; the cluster finds the room. */
export const kubernetesTarget = definePlugin<Options, TargetContext, ScaleTarget>({
  manifest: {
    id: 'scaleTarget.kubernetes',
    kind: 'scaleTarget',
    summary: 'Sets the replicas of a deployment or stateful set.',
  },
  config: (raw) => options.parse(raw),
  start: async ({ config, out }) => {
    const ca = await readFile(config.caFile, 'utf8');
    const limits = { connectTimeoutMs: TIMEOUT_MS, headersTimeoutMs: TIMEOUT_MS, bodyTimeoutMs: TIMEOUT_MS };
    const egress = out.open({ purpose: 'scale', dataClass: 'metadata', ca, ...limits });
    return {
      async read(_model, signal) {
        const { replicas } = await readScale(egress, config, signal);
        return { replicas, room: { fits: true } };
      },
      async change({ from, to }, signal) {
        for (let attempt = 1; ; attempt += 1) {
          const { replicas, resourceVersion } = await readScale(egress, config, signal);
          if (replicas === to) return { replicas };
          // Somebody else decided meanwhile: what was decided here was about another number.
          if (replicas !== from) return { replicas, reason: `somebody set ${replicas} replicas meanwhile` };
          const patch = { metadata: { resourceVersion }, spec: { replicas: to } };
          const answer = await send(egress, config, signal, patch);
          if (answer.status === OK) return { replicas: to };
          if (answer.status !== CONFLICT || attempt === ATTEMPTS) throw refused(answer);
        }
      },
      stop: () => egress.close(),
    };
  },
});

const readScale = async (egress: Egress, config: Options, signal: AbortSignal) => {
  const answer = await send(egress, config, signal);
  if (answer.status !== OK) throw refused(answer);
  const { metadata, spec } = scaleObject.parse(JSON.parse(answer.text));
  return { replicas: spec.replicas, resourceVersion: metadata.resourceVersion };
};

const send = async (egress: Egress, config: Options, signal: AbortSignal, patch?: object) => {
  const { url, namespace, kind, name: object, tokenFile } = config;
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const answer = await egress.request(new URL(`/apis/apps/v1/namespaces/${namespace}/${kind}/${object}/scale`, url), {
    method: patch === undefined ? 'GET' : 'PATCH',
    signal,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(patch === undefined ? {} : { 'content-type': 'application/merge-patch+json' }),
    },
    ...(patch === undefined ? {} : { body: JSON.stringify(patch) }),
  });
  return { status: answer.status, text: await answer.readText(MAX_BYTES) };
};

const status = z.object({ message: z.string() });

const refused = ({ status: code, text }: { readonly status: number; readonly text: string }): Error => {
  const message = status.safeParse(parse(text)).data?.message;
  return new Error(`Kubernetes answered ${code}${message === undefined ? '' : `: ${message.slice(0, 200)}`}`);
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
