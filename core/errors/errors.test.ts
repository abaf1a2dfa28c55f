import { describe, expect, test } from 'vitest';
import { ERROR_CODES, type ErrorCode, type ErrorRow } from './codes.ts';
import { renderErrors } from './docs.ts';
import { ServiceError, toServiceError } from './service-error.ts';

const rows: [string, ErrorRow][] = Object.entries(ERROR_CODES);

describe.each(rows)('%s', (code, row) => {
  test('is named after a folder and what happened', () => {
    expect(code).toMatch(/^ERR_[A-Z]+(_[A-Z]+)*$/);
  });

  test('has a status that says whose mistake it is', () => {
    expect(row.status).toBeGreaterThanOrEqual(400);
    expect(row.status).toBeLessThan(600);
  });

  test('says in whole sentences what it means and what to do', () => {
    expect(row.meaning).toMatch(/^[A-Z].*\.$/);
    expect(row.remedy).toMatch(/^[A-Z].*\.$/);
  });
});

test('an error of this service cannot be mistaken for one of the client', () => {
  for (const [code, { status, openai }] of rows) {
    if (openai.type === 'server_error') expect(status, code).toBeGreaterThanOrEqual(500);
  }
});

describe('the page of errors', () => {
  const page = renderErrors();

  test('has one heading for each code and none for anything else', () => {
    expect([...page.matchAll(/^## (.+)$/gm)].map(([, code]) => code)).toEqual(Object.keys(ERROR_CODES));
  });

  test('says under each heading its status, meaning and remedy', () => {
    for (const [code, row] of rows) {
      const [, section = ''] = page.split(`## ${code}\n`);
      expect(section).toContain(row.meaning);
      expect(section).toContain(row.remedy);
      expect(section).toContain(`Status ${row.status}${row.retryable ? ', retryable' : ';'}`);
    }
  });
});

describe('a service error', () => {
  test('knows its row, details, cause and when to come back', () => {
    const cause = new Error('inner');
    const error = new ServiceError('ERR_ADMIT_RATE', 'slow down', {
      details: { limit: 1 },
      retryAfterSeconds: 3,
      cause,
    });
    expect(error).toMatchObject({ name: 'ServiceError', code: 'ERR_ADMIT_RATE', retryAfterSeconds: 3, cause });
    expect(error.row.status).toBe(429);
    expect(error.details).toEqual({ limit: 1 });
    expect('cause' in new ServiceError('ERR_ADMIT_RATE', 'x')).toBe(false);
  });

  test('is made of anything that was thrown', () => {
    const known = new ServiceError('ERR_ENGINE_DIED', 'gone');
    expect(toServiceError(known)).toBe(known);
    for (const thrown of [new TypeError('x'), 'text', undefined, null]) {
      const code: ErrorCode = toServiceError(thrown).code;
      expect(code).toBe('ERR_HTTP_INTERNAL');
      expect(toServiceError(thrown).cause).toBe(thrown);
    }
  });
});
