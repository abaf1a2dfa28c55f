import { expect, test } from 'vitest';
import { redactSecrets } from './redact.ts';
import { configSchema } from './schema.ts';
import { isSecretPath } from './secrets.ts';

test.each(['key', 'apiKey', 'API_KEY', 'api-key', 'clientSecret', 'password', 'accessToken', 'authorization'])(
  '%s is secret, wherever it is',
  (name) => {
    expect(isSecretPath(['models', 0, 'options', name])).toBe(true);
    expect(isSecretPath(['models', 0, 'options', name, 'value'])).toBe(true);
  },
);

test.each([
  ['limits', 'maxOutputTokens'],
  ['limits', 'perKey', 'concurrency'],
  ['limits', 'perKey', 'tokensPerMinute'],
  ['models', 'kvTokens'],
  ['scenarios', 'chat', 'maxFirstTokenMs'],
  ['models', 'options', 'keyboard'],
])('%s %s is not', (...path) => {
  expect(isSecretPath(path)).toBe(false);
});

test('every header of the exports is secret, whatever it is called', () => {
  const telemetry = {
    otlp: { endpoint: 'https://collector.example', headers: { 'x-scope': 'a', authorization: 'b' } },
  };
  expect(redactSecrets(configSchema.parse({ telemetry }))).toMatchObject({
    telemetry: {
      otlp: {
        endpoint: 'https://collector.example',
        headers: { 'x-scope': '[redacted]', authorization: '[redacted]' },
      },
    },
  });
  expect(isSecretPath(['server', 'maxHeaders'])).toBe(false);
});

test('secrets are hidden, files that hold them and everything else are shown', () => {
  const config = configSchema.parse({
    server: { tls: { cert: '/c.pem', key: '/k.pem' } },
    downloads: { tokenFile: '/token', mirrors: { hf: 'https://mallory:pass@mirror.example.org/x' } },
    models: [
      {
        id: 'a',
        engine: 'openai',
        options: { apiKey: 'sk-1', headers: { Authorization: 'Bearer x' }, secretFile: '/s', options: [1] },
      },
    ],
  });
  const shown = redactSecrets(config);
  expect(shown).toMatchObject({
    server: { tls: { cert: '/c.pem', key: '/k.pem' } },
    downloads: { tokenFile: '/token', mirrors: { hf: 'https://[redacted]@mirror.example.org/x' } },
    limits: config.limits,
  });
  expect(JSON.stringify(shown)).not.toMatch(/sk-1|Bearer|mallory|pass@/);
  expect(shown).toMatchObject({
    models: [
      { options: { apiKey: '[redacted]', headers: { Authorization: '[redacted]' }, secretFile: '/s', options: [1] } },
    ],
  });
});
