import { expect, it } from 'vitest';
import { sickServices } from './compose-engine.ts';

const row = (service: string, state: string, health = '') =>
  JSON.stringify({ Service: service, State: state, Health: health });

it('tells which services are not well, and how they are', () => {
  const text = [
    row('gateway', 'running', 'unhealthy'),
    row('actions', 'restarting'),
    row('prometheus', 'running'),
  ].join('\n');
  expect(sickServices(text, ['gateway', 'actions', 'prometheus', 'alertmanager'])).toEqual([
    'gateway (unhealthy)',
    'actions (restarting)',
    'alertmanager (absent)',
  ]);
});

it('reads the one list that older versions write', () =>
  expect(sickServices(`[${row('gateway', 'running', 'healthy')}]`, ['gateway'])).toEqual([]));
