import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { compileCallbackRules } from './callback-url.ts';

const ALLOW = ['hooks.example', 'api.example:9443', 'http://127.0.0.1:9000', 'BÜCHER.example', '[::1]:8443'];

const check = (url: string, allow: readonly string[] = ALLOW): string => {
  try {
    return compileCallbackRules(allow).check(url).href;
  } catch (error) {
    return error instanceof ServiceError ? error.code : String(error);
  }
};

describe('the callback rules', () => {
  it.each([
    ['https://hooks.example/', 'https://hooks.example/'],
    ['https://hooks.example:443/a?b=c', 'https://hooks.example/a?b=c'],
    ['HTTPS://Hooks.Example/A', 'https://hooks.example/A'],
    ['https://api.example:9443/x', 'https://api.example:9443/x'],
    ['http://127.0.0.1:9000/x', 'http://127.0.0.1:9000/x'],
    ['http://2130706433:9000/x', 'http://127.0.0.1:9000/x'],
    ['https://xn--bcher-kva.example/', 'https://xn--bcher-kva.example/'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://[0:0:0:0:0:0:0:1]:8443/', 'https://[::1]:8443/'],
  ])('take %s', (url, normal) => {
    expect(check(url)).toBe(normal);
  });

  it.each([
    ['plain http where only https is allowed', 'http://hooks.example/'],
    ['plain http on the port of https', 'http://api.example:9443/'],
    ['https where plain http is allowed', 'https://127.0.0.1:9000/'],
    ['another port', 'https://hooks.example:8443/'],
    ['the port of another entry', 'https://api.example/'],
    ['a host below an allowed one', 'https://a.hooks.example/'],
    ['a host that ends the same', 'https://evilhooks.example/'],
    ['a host that begins the same', 'https://hooks.example.evil.example/'],
    ['a trailing dot', 'https://hooks.example./'],
    ['credentials', 'https://user:secret@hooks.example/'],
    ['a user only', 'https://user@hooks.example/'],
    ['a host before an at sign', 'https://hooks.example@evil.example/'],
    ['a backslash trick', 'https://evil.example\\@hooks.example/'],
    ['a fragment trick', 'https://evil.example#@hooks.example/'],
    ['another scheme', 'ftp://hooks.example/'],
    ['a script', 'javascript:alert(1)'],
    ['a file', 'file:///etc/passwd'],
    ['a relative URL', '/hook'],
    ['nothing', ''],
    ['a zone', 'https://[fe80::1%25eth0]/'],
    ['too many characters', `https://hooks.example/${'x'.repeat(2048)}`],
  ])('refuse %s', (_, url) => {
    expect(check(url)).toBe('ERR_JOBS_CALLBACK');
  });

  it('allow nothing by default', () => {
    expect(check('https://hooks.example/', [])).toBe('ERR_JOBS_CALLBACK');
  });

  it('say which entry would allow a host, and never repeat what was sent with it', () => {
    const rules = compileCallbackRules([]);
    expect(() => rules.check('https://a.example:9443/secret-path')).toThrow(
      /add "a\.example:9443" to jobs\.callbacks\.allow/,
    );
    expect(() => rules.check('http://127.0.0.1:9000/secret-path')).toThrow(/add "http:\/\/127\.0\.0\.1:9000"/);
    expect(() => rules.check('https://a.example:9443/secret-path')).not.toThrow(/secret/);
    expect(() => rules.check('https://u:secret@a.example/')).not.toThrow(/secret/);
  });

  it.each([
    '*.example',
    'https://a.example/path',
    'a.example/path',
    'user@a.example',
    'ftp://a.example',
    'a b',
    '',
    'a.example?x',
  ])('name an entry that allows nothing: %j', (entry) => {
    expect(compileCallbackRules([entry, 'fine.example']).unreadable).toEqual([entry]);
  });

  it('read every documented form of an entry', () => {
    expect(compileCallbackRules([...ALLOW, 'https://a.example', 'https://a.example:444']).unreadable).toEqual([]);
  });
});
