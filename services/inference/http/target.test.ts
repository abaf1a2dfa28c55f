import { describe, expect, it } from 'vitest';
import { readTarget } from './target.ts';

describe('a request target', () => {
  it.each([
    '/',
    '/v1/models/org%2Fname',
    '/docs/swagger-ui.css',
    '/a.b/..c/d..',
    '/a?x=/../y&z=%00',
    '//host/path',
    '/%e4%bd%a0',
  ])('%s is a path', (url) => {
    expect(readTarget(url)).toEqual({ isPath: true, path: url });
  });

  it('may be absolute, and then names its host', () => {
    expect(readTarget('https://a.example:8443/b?c')).toEqual({
      isPath: true,
      path: '/b?c',
      authority: 'a.example:8443',
    });
    expect(readTarget('https://a.example')).toEqual({ isPath: true, path: '/', authority: 'a.example' });
  });

  it.each([
    ['/a/../b', 'a dot segment'],
    ['/..', 'a dot segment'],
    ['/a/.', 'a dot segment'],
    ['/a/%2e%2E/b', 'a dot segment'],
    ['/a/.%2e?b', 'a dot segment'],
    ['https://a/../b', 'a dot segment'],
    ['/a%00', 'a control character'],
    ['/a%0d%0ab', 'a control character'],
    ['/a%7Fb', 'a control character'],
    ['/a\\b', 'a character that does not belong there'],
    ['/a#b', 'a character that does not belong there'],
    ['/a\u2028', 'a character that does not belong there'],
    ['/a b', 'a character that does not belong there'],
    ['http://a/b', 'no path'],
    ['a/b', 'no path'],
    ['', 'no path'],
  ])('%j is none', (url, problem) => {
    expect(readTarget(url)).toEqual({ isPath: false, problem });
  });
});
