import { z } from 'zod';
import { definePlugin } from '../../../../core/plugins/plugin.ts';
import type { GatewayView } from '../../action.ts';
import type { ScaleTarget, TargetContext, TargetReading } from './target.ts';

const PATH = '/api/v1/admin/replicas';
const OK = 200;
const CONFLICT = 409;

const page = z.object({
  models: z.array(
    z.object({
      model: z.string(),
      wanted: z.number(),
      source: z.enum(['configuration', 'person', 'scale']),
      another: z.object({ fits: z.boolean(), reason: z.string().optional() }),
    }),
  ),
});

/** Engines of the gateway on this machine, where a device or cores are free for one more. */
export const engineReplicasTarget = definePlugin<unknown, TargetContext, ScaleTarget>({
  manifest: {
    id: 'scaleTarget.engine-replicas',
    kind: 'scaleTarget',
    summary: "Starts and drains engines through the gateway's admin API.",
  },
  config: (raw) => z.strictObject({}).parse(raw),
  start: async ({ gateway }) => ({
    read: (model) => read(gateway, model),
    async change({ model, from, to }) {
      if (to < from) {
        const refused = await set(gateway, model, to);
        return refused === undefined ? { replicas: to } : { replicas: from, ...refused };
      }
      // Each takes the room that the next is asked about.
      for (let wanted = from + 1; wanted <= to; wanted += 1) {
        const { room } = await read(gateway, model);
        const refused = room.fits ? await set(gateway, model, wanted) : { reason: room.reason };
        if (refused !== undefined) return { replicas: wanted - 1, ...refused };
      }
      return { replicas: to };
    },
    stop: async () => undefined,
  }),
});

const read = async (gateway: Pick<GatewayView, 'ask'>, model: string): Promise<TargetReading> => {
  const { status, body } = await gateway.ask('GET', PATH);
  if (status !== OK) throw new Error(`the gateway answered ${status} about its replicas`);
  const found = page.parse(body).models.find((one) => one.model === model);
  if (found === undefined) throw new Error(`the gateway has no model ${model}; check scale.model`);
  const { wanted, source, another } = found;
  return {
    replicas: wanted,
    changedBy: source === 'person' ? 'person' : 'nobody',
    ...(source === 'configuration' ? { configured: wanted } : {}),
    room: another.fits ? { fits: true } : { fits: false, reason: another.reason ?? 'the gateway says no more' },
  };
};

/** Why not; `undefined`: it did. */
const set = async (gateway: Pick<GatewayView, 'ask'>, model: string, replicas: number) => {
  const { status, body } = await gateway.ask('PUT', PATH, { model, replicas, source: 'scale' });
  if (status === OK) return undefined;
  if (status === CONFLICT) return { reason: refusal.safeParse(body).data?.error.message ?? 'there is no room' };
  throw new Error(`the gateway answered ${status} to a change of its replicas`);
};

const refusal = z.object({ error: z.object({ message: z.string() }) });
