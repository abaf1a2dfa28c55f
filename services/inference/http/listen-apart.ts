import { operationsFor } from './route-access.ts';
import { type Listening, type ListenOptions, listen } from './server.ts';

/** One address, or two: then administration answers on its own alone. */
export interface ListeningApart extends Listening {
  /** How a client on this machine gets there. */
  readonly url: string;
  /** The same for the routes of administration; absent where they are not apart. */
  readonly adminUrl: string | undefined;
}

/** Serves the operations, those of administration where `server.admin` says. */
export const listenApart = async (options: ListenOptions): Promise<ListeningApart> => {
  const { operations, config } = options;
  const { host, port } = config.admin;
  const open = async (listening: Promise<Listening>) => {
    const main = await listening;
    return { ...main, url: urlOf(config.host, main.port) };
  };
  if (port === undefined) return { ...(await open(listen(options))), adminUrl: undefined };
  const apart = operationsFor(operations, 'administrators');
  const section = 'server.admin';
  const admin = await listen({ ...options, operations: apart, config: { ...config, host, port }, section });
  try {
    const main = await open(listen({ ...options, operations: operationsFor(operations, 'others') }));
    return {
      ...main,
      adminUrl: urlOf(host, admin.port),
      close: async (drainMs) => void (await Promise.all([main.close(drainMs), admin.close(drainMs)])),
    };
  } catch (error) {
    await admin.close(0);
    throw error;
  }
};

const urlOf = (host: string, port: number): string =>
  `https://${host === '127.0.0.1' || host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${port}`;
