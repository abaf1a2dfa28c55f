import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';

/** The real gateway that is fuzzed: nothing may be called back, and no throttle hides what is behind it. */
export const startFuzzTarget = ({ retentionMs = 5000 } = {}): Promise<TestGateway> =>
  startGateway({
    config: {
      server: { maxBodyBytes: 131_072, headTimeoutMs: 2000, bodyTimeoutMs: 2000, connectionsPerSecond: 100_000 },
      auth: { throttle: { failures: 0 } },
      limits: { maxOutputTokens: 64, deadlineMs: 20_000, maxConcurrency: 32 },
      jobs: { retentionMs, maxQueued: 500, callbacks: { allow: [] } },
      scenarios: { any: {}, medical: { minParameters: 20e9, tags: ['medical'] } },
      models: [
        scriptedModel({}, { id: 'echo' }),
        scriptedModel({ charactersPerChunk: 1, tokenMs: 2 }, { id: 'slow' }),
        scriptedModel({}, { id: 'spare' }),
      ],
    },
  });
