import { expect, test } from 'vitest';
import { cacheDir, dataPaths, defaultDataDir, modelsDir } from './paths.ts';

test('everything lies in the data folder', () => {
  expect(dataPaths('/srv/data')).toEqual({
    dir: '/srv/data',
    tls: '/srv/data/tls',
    keys: '/srv/data/keys',
    authDb: '/srv/data/auth.db',
    jobsDb: '/srv/data/jobs.db',
    usageDb: '/srv/data/usage.db',
    logs: '/srv/data/logs',
    profiles: '/srv/data/profiles',
    collectorLogs: '/srv/data/logs/collectors',
    audit: '/srv/data/audit',
    prometheus: '/srv/data/prometheus',
    prometheusToken: '/srv/data/prometheus/token',
    prometheusLogs: '/srv/data/logs/prometheus',
    alertmanager: '/srv/data/alertmanager',
    alertmanagerLogs: '/srv/data/logs/alertmanager',
    actions: '/srv/data/actions',
    actionsDb: '/srv/data/actions/actions.db',
    actionsHookToken: '/srv/data/actions/hook-token',
    actionsGatewayToken: '/srv/data/actions/gateway-token',
    actionsLogs: '/srv/data/logs/actions',
    anomalyDb: '/srv/data/anomaly/anomaly.db',
    anomalyLogs: '/srv/data/logs/anomaly',
    run: '/srv/data/run',
    halfOpen: '/srv/data/run/half-open.json',
    doctor: '/srv/data/doctor.json',
    drills: '/srv/data/drills.json',
  });
});

test.each([
  [
    { HOME: '/home/ada' },
    '/home/ada/.local/share/clawdbot',
    '/home/ada/.cache/clawdbot',
    '/home/ada/.cache/clawdbot/models',
  ],
  [
    { HOME: '/home/ada', XDG_DATA_HOME: '/d', XDG_CACHE_HOME: '/c' },
    '/d/clawdbot',
    '/c/clawdbot',
    '/c/clawdbot/models',
  ],
  [
    { HOME: '/h', XDG_DATA_HOME: 'relative', XDG_CACHE_HOME: '' },
    '/h/.local/share/clawdbot',
    '/h/.cache/clawdbot',
    '/h/.cache/clawdbot/models',
  ],
  [{ HOME: '/h', CLAWDBOT_DATA: '/data', CLAWDBOT_MODELS_DIR: '/models' }, '/data', '/h/.cache/clawdbot', '/models'],
  [
    { HOME: '/h', CLAWDBOT_DATA: '', CLAWDBOT_MODELS_DIR: '' },
    '/h/.local/share/clawdbot',
    '/h/.cache/clawdbot',
    '/h/.cache/clawdbot/models',
  ],
])('with %j', (env, data, cache, models) => {
  expect([defaultDataDir(env), cacheDir(env), modelsDir(env)]).toEqual([data, cache, models]);
});
