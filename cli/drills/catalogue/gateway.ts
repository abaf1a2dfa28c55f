import { readFileSync, writeFileSync } from 'node:fs';
import { dataPaths } from '../../../core/config/paths.ts';
import type { Drill } from '../drill.ts';
import type { Stack } from '../stack/stack.ts';

const resume = async ({ supervisor }: { readonly supervisor: { signal(signal: NodeJS.Signals): void } }) =>
  supervisor.signal('SIGUSR2');

const areBreakersClosed = async ({ service }: Stack): Promise<boolean> => {
  const answer = await service.send('GET', '/api/v1/admin/breaker');
  const { breakers } = (await answer.body.json()) as { breakers: { state: string }[] }; // our own service
  return breakers.length > 0 && breakers.every(({ state }) => state === 'closed');
};

/** The gateway: its process, its door and its configuration. */
export const GATEWAY: readonly Drill[] = [
  {
    name: 'gateway-killed',
    about:
      'The gateway is killed and does not come back. An SMS says so, and the circuit breaker is left half open for its return; it closes when the gateway serves again.',
    requestsPerSecond: 5,
    inject: async ({ signalTo }) => signalTo('gateway', 'SIGKILL'),
    async recover(stack) {
      await resume(stack);
      await stack.until('every breaker is closed', async () => (await areBreakersClosed(stack)) || undefined);
    },
    alerts: ['ServiceUnavailable'],
    barMs: 45_000,
    told: [
      { by: 'sms', says: 'unavailable' },
      { by: 'decision', action: 'breaker', outcome: 'done' },
      { by: 'mail', alert: 'ServiceUnavailable' },
    ],
    cleared: [
      { by: 'sms', says: 'unavailable', isOver: true },
      { by: 'mail', alert: 'ServiceUnavailable', isOver: true },
    ],
    log: { of: 'actions', action: 'action.decided' },
  },
  {
    name: 'scrape-refused',
    about:
      'The token that Prometheus scrapes with is signed with another key: it gets 401. An e-mail says so, and nobody is woken: a probe finds the service ready.',
    requestsPerSecond: 5,
    async inject({ data }) {
      const file = dataPaths(data).prometheusToken;
      const right = readFileSync(file, 'utf8');
      const [head, claims, signature = ''] = right.split('.');
      writeFileSync(`${file}.right`, right, { mode: 0o600 });
      writeFileSync(file, [head, claims, signature.split('').reverse().join('')].join('.'));
    },
    async recover({ data }) {
      const file = dataPaths(data).prometheusToken;
      writeFileSync(file, readFileSync(`${file}.right`));
    },
    alerts: ['ScrapeFailing'],
    told: [{ by: 'mail', alert: 'ScrapeFailing' }],
    cleared: [{ by: 'mail', alert: 'ScrapeFailing', isOver: true }],
    log: { of: 'gateway', code: 'ERR_AUTH_CREDENTIAL_INVALID' },
  },
  {
    name: 'config-rejected',
    about:
      'Somebody saves a configuration with a mistake. The service goes on with the old one, and an e-mail says where the mistake is logged.',
    requestsPerSecond: 5,
    inject: async ({ configureText }) => configureText('limits: { maxConcurency: 4 }\n'),
    recover: async ({ configure }) => configure({}),
    alerts: ['ConfigRejected'],
    told: [{ by: 'mail', alert: 'ConfigRejected' }],
    cleared: [{ by: 'mail', alert: 'ConfigRejected', isOver: true }],
    log: { of: 'gateway', action: 'config.rejected' },
  },
];
