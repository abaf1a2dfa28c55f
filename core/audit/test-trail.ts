import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configSchema } from '../config/schema.ts';
import { type AuditTrail, openTrail, type TrailOptions } from './trail.ts';

/** A folder that trails are opened in, one after another or at once. */
export interface TestFolder {
  readonly root: string;
  readonly dir: string;
  open(config?: Partial<TrailOptions['config']>, more?: Partial<TrailOptions>): Promise<AuditTrail>;
  remove(): void;
}

/** Makes an empty data folder for trails; `root` places it elsewhere than in a temporary folder. */
export const createTestFolder = (root = mkdtempSync(join(tmpdir(), 'clawdbot-audit-'))): TestFolder => ({
  root,
  dir: join(root, 'audit'),
  open: (config = {}, more = {}) =>
    openTrail({
      dir: join(root, 'audit'),
      keysDir: join(root, 'keys'),
      serviceName: 'clawdbot',
      version: 'test',
      config: { ...configSchema.parse({}).audit, ...config },
      report: () => undefined,
      ...more,
    }),
  remove: () => rmSync(root, { recursive: true, force: true }),
});
