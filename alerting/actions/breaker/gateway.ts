import { z } from 'zod';
import type { GatewayView } from '../action.ts';
import type { BreakerView, GatewayFacts } from './decide.ts';

const component = z.looseObject({ status: z.string(), decoding: z.number().optional() });
const health = z.looseObject({ components: z.record(z.string(), component) });
const breakerPage = z.object({
  breakers: z.array(
    z.looseObject({
      model: z.string(),
      state: z.enum(['closed', 'open', 'half_open']),
      reason: z.string().optional(),
    }),
  ),
});

const BREAKER = '/api/v1/admin/breaker';
/** As the health page names the component of a model. */
const MODEL = 'model ';
const OK = 200;
const UNAVAILABLE = 503;

type Gateway = Pick<GatewayView, 'ask'>;

/** What it says of its models and breakers; undefined where it does not answer. */
export const readFacts = async (gateway: Gateway): Promise<GatewayFacts | undefined> => {
  try {
    // First: a breaker that closed since was closed by a model that decodes, and the health page says so.
    const breakers = await readBreakers(gateway);
    const answer = await gateway.ask('GET', '/api/v1/health');
    if (answer.status !== OK && answer.status !== UNAVAILABLE) return undefined;
    const { components } = health.parse(answer.body);
    const models = Object.entries(components).flatMap(([name, { status, decoding = 0 }]) =>
      name.startsWith(MODEL) ? [{ id: name.slice(MODEL.length), status, decoding }] : [],
    );
    return {
      isDraining: components.gateway?.status === 'draining',
      models,
      breakers,
    };
  } catch {
    return undefined;
  }
};

/** Rejects where it does not answer. */
export const readBreakers = async (gateway: Gateway): Promise<readonly BreakerView[]> => {
  const { status, body } = await gateway.ask('GET', BREAKER);
  if (status !== OK) throw new Error(`the gateway answered ${status} about its breakers`);
  return breakerPage.parse(body).breakers;
};

/** Rejects where it was not done. */
export const setBreaker = async (
  gateway: Gateway,
  change: {
    readonly model: string;
    readonly state: 'open' | 'half_open';
    readonly reason: string;
    readonly expiresMs?: number;
  },
): Promise<void> => {
  const { status } = await gateway.ask('PUT', BREAKER, change);
  if (status !== OK) throw new Error(`the gateway answered ${status} to a change of the breaker of ${change.model}`);
};
