import type { GenerationRequest } from '../../engine/protocol/generation.ts';
import type { Work } from './work.ts';

/** The shortest thing a model can prove itself with. */
export const PROBE_REQUEST: GenerationRequest = {
  input: { kind: 'chat', messages: [{ role: 'user', content: 'Hi' }] },
  maxTokens: 1,
  temperature: 0,
  topP: 1,
  seed: 0,
  stop: [],
  responseFormat: { type: 'text' },
};

/** Tells how a probe ended. A refusal of the request itself is an answer, and an engine that answers lives. */
export const probeWork = (onEnd: (isGood: boolean) => void): Work => ({
  accepted: () => undefined,
  tokens: () => undefined,
  finished: () => onEnd(true),
  computed: () => undefined,
  failed: (error) => onEnd(error.row.status < 500),
});
