import { readFile } from 'node:fs/promises';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { definePlugin } from '../../../../core/plugins/plugin.ts';
import type { ScaleTarget, TargetContext } from './target.ts';

const options = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  /** `whsec_` and at least 24 bytes in Base64, as the Standard Webhooks specification says. */
  secretFile: z.string().min(1),
  /** PromQL that gives how many there are now. */
  replicasQuery: z.string().min(1).default('count(up{job="clawdbot"})'),
});

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 65_536;

/** Whatever scales by being told to: a signed request, the same key for every attempt at the same change. */
export const webhookTarget = definePlugin<z.output<typeof options>, TargetContext, ScaleTarget>({
  manifest: { id: 'scaleTarget.webhook', kind: 'scaleTarget', summary: 'Tells another service how many are wanted.' },
  config: (raw) => options.parse(raw),
  start: async ({ config, out, measure, now }) => {
    const signer = new Webhook((await readFile(config.secretFile, 'utf8')).trim());
    const limits = { connectTimeoutMs: TIMEOUT_MS, headersTimeoutMs: TIMEOUT_MS, bodyTimeoutMs: TIMEOUT_MS };
    const egress = out.open({ purpose: 'scale', dataClass: 'metadata', ...limits });
    return {
      async read() {
        const measured = await measure(config.replicasQuery);
        if (measured === undefined || !Number.isFinite(measured.value))
          throw new Error('scale.options.replicasQuery: Prometheus has no such value');
        return { replicas: Math.round(measured.value), room: { fits: true } };
      },
      async change({ model, from, to, reason, key }, signal) {
        const at = new Date(now());
        const data = { model, from, to, reason };
        const body = JSON.stringify({ type: to > from ? 'scale.out' : 'scale.in', timestamp: at.toISOString(), data });
        const answer = await egress.request(config.url, {
          method: 'POST',
          signal,
          body,
          headers: {
            'content-type': 'application/json',
            'user-agent': 'clawdbot',
            'idempotency-key': key,
            'webhook-id': key,
            'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
            'webhook-signature': signer.sign(key, at, body),
          },
        });
        await answer.discard(MAX_BYTES);
        if (answer.status < 200 || answer.status > 299) throw new Error(`the receiver answered ${answer.status}`);
        return { replicas: to };
      },
      stop: () => egress.close(),
    };
  },
});
