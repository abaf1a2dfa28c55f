import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type ContentReader, openContentReader } from '../../core/audit/content-store.ts';
import { type AuditLine, labelOf } from '../../core/audit/line.ts';

export interface ContentVerdict {
  readonly present: number;
  /** Not there any more, and a record says that a purge or the retention took it. */
  readonly deleted: number;
  /** Not there, and nothing says why. */
  readonly missing: number;
  readonly changed: number;
}

interface Absent {
  readonly keyId: string;
  readonly at: number;
}

/** Holds the content beside a trail against the hashes in its records. */
export interface ContentCheck {
  see(line: AuditLine): void;
  end(): ContentVerdict;
}

/** Undefined where there is no content to check. */
export const openContentCheck = (file: string): ContentCheck | undefined =>
  existsSync(file) ? createCheck(openContentReader(file)) : undefined;

const createCheck = (reader: ContentReader): ContentCheck => {
  const absent: Absent[] = [];
  const purged = new Map<string, number>();
  let expiredBefore = Number.NEGATIVE_INFINITY;
  let present = 0;
  let changed = 0;
  const isExcused = ({ keyId, at }: Absent): boolean =>
    at < expiredBefore || at < (purged.get(keyId) ?? Number.NEGATIVE_INFINITY);
  return {
    see(line) {
      const before = Date.parse(String(labelOf(line, 'before')));
      if (line.action === 'audit.content_expired') expiredBefore = Math.max(expiredBefore, before);
      if (line.action === 'data.purged' && labelOf(line, 'dry_run') === false) {
        const key = String(labelOf(line, 'purged_key'));
        purged.set(key, Math.max(purged.get(key) ?? before, before));
      }
      const sha256 = labelOf(line, 'content_sha256');
      if (typeof sha256 !== 'string') return;
      const body = reader.body(sha256);
      if (body === undefined) {
        absent.push({ keyId: String(line.fields['user.id']), at: Date.parse(String(labelOf(line, 'content_at'))) });
      } else if (hash('sha256', body) === sha256) present += 1;
      else changed += 1;
    },
    end() {
      reader.close();
      const deleted = absent.filter(isExcused).length;
      return { present, deleted, missing: absent.length - deleted, changed };
    },
  };
};
