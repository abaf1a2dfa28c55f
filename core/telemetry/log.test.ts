import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ServiceError } from '../errors/service-error.ts';
import { createLoggers, type FileLoggers } from './log.ts';
import { readableLine } from './log-line.ts';

describe('the log streams', () => {
  let dir: string;
  let loggers: FileLoggers;
  const terminal: string[] = [];
  const create = (level: 'info' | 'debug' = 'info', redact?: (text: string) => string) =>
    createLoggers({
      ...(redact === undefined ? {} : { redact }),
      dir,
      level,
      maxFileBytes: 1_000_000,
      maxFiles: 2,
      pretty: true,
      serviceName: 'clawdbot',
      version: '1.2.3',
      terminal: { write: (line: string) => terminal.push(line) },
    });
  const records = (stream: string): Record<string, unknown>[] =>
    readFileSync(join(dir, `${stream}.json`), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'logs-'));
    terminal.length = 0;
    loggers = create();
  });
  afterEach(async () => {
    await loggers.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('redact every text before it is written anywhere, errors and their causes included', async () => {
    await loggers.stop();
    loggers = create('info', (text) => text.replaceAll('hunter2', '[X]'));
    const err = new Error('outer hunter2', { cause: new Error('inner hunter2') });
    loggers.app.warn('it.failed', { err, labels: { prompt: ['hunter2'] } }, 'about hunter2');
    loggers.access.info('request.answered', { 'user_agent.original': 'a/hunter2', 'client.ip': '10.0.0.1' });
    await loggers.stop();
    const text = JSON.stringify([records('app'), records('access'), terminal]);
    expect(text).not.toContain('hunter2');
    expect(records('app')[0]).toMatchObject({ message: 'about [X]', labels: { prompt: ['[X]'] } });
    expect(text).toContain('inner [X]');
    expect(records('access')[0]).toMatchObject({ 'user_agent.original': 'a/[X]', 'client.ip': '10.0.0.1' });
  });

  test('write ECS records, one file each', () => {
    loggers.app.info('engine.started', { 'event.duration': 12, labels: { pid: 7 } }, 'engine started');
    loggers.access.info('request.answered', { 'event.outcome': 'success' });
    loggers.flush();
    expect(records('app')).toEqual([
      expect.objectContaining({
        '@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        'log.level': 'info',
        message: 'engine started',
        'ecs.version': expect.any(String),
        'service.name': 'clawdbot',
        'service.version': '1.2.3',
        'event.dataset': 'clawdbot.app',
        'event.action': 'engine.started',
        'event.duration': 12,
        labels: { pid: 7 },
      }),
    ]);
    expect(records('access')[0]).toMatchObject({ message: 'request.answered', 'event.outcome': 'success' });
  });

  test('put an error with its causes into the error fields', () => {
    const err = new ServiceError('ERR_ENGINE_DIED', 'gone', { cause: new Error('inner') });
    loggers.app.error('request.failed', { err });
    loggers.flush();
    expect(records('app')[0]).toMatchObject({
      'error.code': 'ERR_ENGINE_DIED',
      'error.type': 'ServiceError',
      'error.message': 'gone',
      'error.stack_trace': expect.stringContaining('Caused by: Error: inner'),
    });
  });

  test('leave out what is below the level, which changes while running, but never an access record', () => {
    loggers.app.debug('a.hidden');
    loggers.access.debug('request.done');
    loggers.setLevel('debug');
    loggers.app.debug('a.shown');
    loggers.flush();
    expect(records('app').map((record) => record['event.action'])).toEqual(['a.shown']);
    expect(records('access')).toHaveLength(1);
  });

  test('never throw, whatever the fields hold', () => {
    const cyclic: Record<string, unknown> = { big: 10n, symbol: Symbol('x'), none: undefined };
    cyclic.self = cyclic;
    loggers.app.info('odd.fields', cyclic);
    const hostile = {
      get trap() {
        throw new Error('trap');
      },
    };
    loggers.app.info('hostile.fields', hostile);
    loggers.flush();
    expect(records('app')[0]).toMatchObject({ 'event.action': 'odd.fields' });
    expect(loggers.droppedLines().app).toBe(1);
  });

  test('show app records, and only those, on the terminal', () => {
    loggers.app.warn('queue.filled', { labels: { depth: 3 }, 'url.path': '/a b' }, 'queue is full');
    loggers.access.info('request.done');
    expect(terminal).toHaveLength(1);
    expect(terminal[0]).toMatch(/^\d\d:\d\d:\d\d warn {2}queue\.filled queue is full depth=3 url\.path="\/a b"\n$/);
  });

  test('cannot be made to forge a line by a value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (value, message) => {
        const forged = `${value}\r\n\u001b[2J{"log.level":"error"}`;
        const line = readableLine(new Date(), 'info', 'a.b', { 'client.name': forged }, message + forged);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
        expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        expect(line.endsWith('\n')).toBe(true);
      }),
    );
    loggers.app.info('a.b', { 'client.name': 'x\r\n{"forged":true}\u001b[2J' }, 'one\ntwo');
    loggers.flush();
    expect(records('app')).toHaveLength(1);
  });
});
