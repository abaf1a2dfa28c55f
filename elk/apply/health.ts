import { unfit } from './cluster.ts';
import type { Server } from './server.ts';

/** Green on two nodes, yellow on one that wants copies it has no place for; red cannot be built on. */
export const awaitHealth = async (server: Server, seconds: number): Promise<string> => {
  const path = `/_cluster/health?wait_for_status=yellow&timeout=${seconds}s`;
  const { body } = await server.ask({ method: 'GET', path });
  // Safe: only read, and what is not there is undefined.
  const { status } = (body ?? {}) as { status?: unknown };
  if (status === 'green' || status === 'yellow') return status;
  throw unfit(
    server,
    `health yellow or green within ${seconds} s`,
    String(status ?? 'no answer'),
    'GET /_cluster/allocation/explain says which shard has no place',
  );
};
