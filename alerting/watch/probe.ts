import { createEgress } from '../../core/egress/egress.ts';
import { gateTo } from '../../core/egress/policy.ts';
import type { Look } from './judge.ts';

interface Options {
  /** Where the service answers. */
  readonly target: URL;
  /** Certificates to trust instead of those of the system. */
  readonly ca: string | undefined;
  readonly timeoutMs: number;
}

const MAX_BYTES = 65_536;

/**
 * Asks whether the service is ready, over a connection of its own each time: one that is kept would hide that nobody can
 * connect any more. Never rejects.
 */
export const createProbe =
  ({ target, ca, timeoutMs }: Options) =>
  async (signal: AbortSignal): Promise<Look> => {
    const egress = createEgress({ gate: gateTo(target), ...(ca === undefined ? {} : { ca }) });
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const { status, discard } = await egress.request(new URL('/api/v1/health/ready', target), { signal: limit });
      await discard(MAX_BYTES);
      return status === 200 ? { isWell: true } : { isWell: false, reason: `it answers, but is not ready (${status})` };
    } catch (error) {
      return { isWell: false, reason: reasonOf(error, timeoutMs) };
    } finally {
      await egress.close();
    }
  };

const reasonOf = (error: unknown, timeoutMs: number): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer in ${timeoutMs / 1000} s`;
  // Of several addresses that were tried, Node tells each.
  const { code } = error as NodeJS.ErrnoException;
  return error.message === '' ? (code ?? error.name) : error.message;
};
