import { describe, expect, test } from 'vitest';
import { listVariables, readEnvironment, variableName } from './environment.ts';
import { listSections, listSettings } from './settings.ts';

const readOne = (name: string, text: string): unknown => {
  const { overrides, problems } = readEnvironment({ [name]: text });
  expect(problems).toEqual([]);
  return overrides[0]?.value;
};

const complaintsAbout = (name: string): string[] =>
  readEnvironment({ [name]: 'x' }).problems.map(({ message }) => message.slice(message.indexOf('; ') + 2));

describe('variables', () => {
  test.each([
    [['limits', 'maxConcurrency'], 'CLAWDBOT_LIMITS_MAX_CONCURRENCY'],
    [['server', 'tls', 'cert'], 'CLAWDBOT_SERVER_TLS_CERT'],
    [['auth', 'jwt', 'clockSkewSeconds'], 'CLAWDBOT_AUTH_JWT_CLOCK_SKEW_SECONDS'],
    [['models'], 'CLAWDBOT_MODELS'],
  ])('%j is set by %s', (path, name) => {
    expect(variableName(path)).toBe(name);
    expect(listVariables().get(name)?.path).toEqual(path);
  });

  test('no two settings share a name', () => {
    const reachable = listSettings().filter(({ path }) => !path.includes('[]') && !path.includes('*'));
    expect(listVariables().size).toBe(reachable.length + listSections().length);
  });

  test.each([
    ['CLAWDBOT_SERVER_PORT', '9443', 9443],
    ['CLAWDBOT_SERVER_HOST', '0', '0'],
    ['CLAWDBOT_SERVER_HOST', '{a: b}', '{a: b}'],
    ['CLAWDBOT_AUTH_ALLOW', '10.0.0.0/8, ::1/128', ['10.0.0.0/8', '::1/128']],
    ['CLAWDBOT_AUTH_ALLOW', '["10.0.0.0/8"]', ['10.0.0.0/8']],
    ['CLAWDBOT_ENGINES_THREADS', 'auto', 'auto'],
    ['CLAWDBOT_ENGINES_THREADS', '4', 4],
    ['CLAWDBOT_LIMITS_PER_KEY_CONCURRENCY', 'null', null],
    ['CLAWDBOT_MODELS', '[{ id: a, engine: scripted }]', [{ id: 'a', engine: 'scripted' }]],
    ['CLAWDBOT_SCENARIOS', 'chat: { minContext: 10 }', { chat: { minContext: 10 } }],
    ['CLAWDBOT_LIMITS_QUEUE', '[unclosed', '[unclosed'],
    ['CLAWDBOT_LIMITS_QUEUE', '*x', '*x'],
  ])('%s=%s', (name, text, expected) => {
    expect(readOne(name, text)).toEqual(expected);
  });

  test('an empty one sets nothing', () => {
    expect(readEnvironment({ CLAWDBOT_SERVER_PORT: '', CLAWDBOT_SERVR_PORT: '' })).toEqual({
      overrides: [],
      problems: [],
    });
  });

  test('a single setting wins over its section, whatever the order', () => {
    const { overrides } = readEnvironment({ CLAWDBOT_LIMITS_QUEUE: '1', CLAWDBOT_LIMITS: '{ queue: 2 }' });
    expect(overrides.map(({ name }) => name)).toEqual(['CLAWDBOT_LIMITS', 'CLAWDBOT_LIMITS_QUEUE']);
  });
});

describe('a variable that is no setting', () => {
  test.each([
    ['CLAWDBOT_LIMITS_MAXCONCURRENCY', 'did you mean CLAWDBOT_LIMITS_MAX_CONCURRENCY?'],
    ['CLAWDBOT_SERVER__PORT', 'did you mean CLAWDBOT_SERVER_PORT?'],
    ['CLAWDBOT_LIMTS_QUEUE', 'did you mean CLAWDBOT_LIMITS_QUEUE?'],
    ['CLAWDBOT_SERVER_WHATEVER_ELSE', 'unset it or see `clawdbot config docs`'],
  ])('%s is reported', (name, advice) => {
    expect(complaintsAbout(name)).toEqual([advice]);
  });

  test.each([
    'CLAWDBOT_MODELS_DIR',
    'CLAWDBOT_CONFIG',
    'CLAWDBOT_DATA',
    'CLAWDBOT_LAUNCHER',
    'CLAWDBOT_TEST_REPORT',
    'CLAWDBOT_SERVICE_HOST',
    'CLAWDBOT_SERVICE_PORT_HTTPS',
    'CLAWDBOT_PORT',
    'CLAWDBOT_PORT_8443_TCP_ADDR',
    'CLAWDBOT_SOMETHING_OF_ANOTHER_PROGRAM',
    'OTHER_SERVER_PORT',
  ])('%s is left alone', (name) => {
    expect(complaintsAbout(name)).toEqual([]);
  });
});
