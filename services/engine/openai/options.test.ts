import { describe, expect, it } from 'vitest';
import { parseOpenaiOptions } from './options.ts';

describe('parseOpenaiOptions', () => {
  it('takes a base URL with or without a slash at its end', () => {
    expect(parseOpenaiOptions({ baseUrl: 'http://gpu-box:8000/v1/' }).baseUrl).toBe('http://gpu-box:8000/v1');
  });

  it.each([
    ['no base URL', {}],
    ['another scheme', { baseUrl: 'ftp://gpu-box/v1' }],
    ['credentials in the URL', { baseUrl: 'https://user:secret@gpu-box/v1' }],
    ['an option it does not know', { baseUrl: 'https://gpu-box/v1', apiKey: 'sk-secret' }],
  ])('refuses %s without quoting a secret', (_, raw) => {
    expect(() => parseOpenaiOptions(raw)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }));
    expect(() => parseOpenaiOptions(raw)).toThrow(/^(?!.*secret)/);
  });
});
