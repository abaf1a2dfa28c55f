import { describe, expect, it } from 'vitest';
import { runGatewaySuite } from '../../bench/gateway.ts';

describe('the gateway bench', () => {
  it('measures every case on both targets without a failed request', async () => {
    const { rows, columns } = await runGatewaySuite({ isSmoke: true });
    expect(rows.map(([, target]) => target)).toEqual([
      'bare Hono',
      'gateway',
      'bare Hono',
      'gateway',
      'bare Hono',
      'gateway',
    ]);
    for (const row of rows) {
      expect(row.at(columns.indexOf('failures'))).toBe('0');
      for (const cell of row.slice(2)) expect(Number(cell)).not.toBeNaN();
    }
  });
});
