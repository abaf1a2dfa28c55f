import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';

/** Small, so that an attack on a limit is small too. */
export const LIMITS = {
  maxBodyBytes: 262_144,
  headTimeoutMs: 1000,
  bodyTimeoutMs: 1000,
  maxPipelined: 8,
  http2: { maxStreams: 32, resetBurst: 50, controlBurst: 50 },
} as const;

/** The real gateway process that is attacked. */
export const startTarget = (server: Record<string, unknown> = LIMITS): Promise<TestGateway> =>
  startGateway({ config: { server, models: [scriptedModel({ reply: 'fine' })] } });
