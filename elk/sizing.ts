/**
 * What one inference request leaves on the disks of Elasticsearch, without copies: its line in the access log and its record
 * in the audit trail, merged. Measured on Elasticsearch 9.5.3 with the templates of this folder; `docs/logs.md` tells how.
 */
export const MEASURED = { accessBytes: 370, auditBytes: 910 } as const;

/** Elasticsearch moves shards away from a disk that is fuller than this. */
const WATERMARK_RATIO = 0.85;

const SECONDS_PER_DAY = 86_400;

export interface Load {
  readonly requestsPerSecond: number;
  readonly days: number;
  /** Copies beside the primary shard. */
  readonly copies: number;
}

/** Disks that a load needs, with the room that Elasticsearch keeps free. */
export const diskBytes = ({ requestsPerSecond, days, copies }: Load): number => {
  const perRequest = MEASURED.accessBytes + MEASURED.auditBytes;
  return (requestsPerSecond * SECONDS_PER_DAY * days * perRequest * (1 + copies)) / WATERMARK_RATIO;
};

const GB = 1e9;

/** As a person orders them. */
export const showDisk = (bytes: number): string =>
  bytes < 1000 * GB ? `${Math.ceil(bytes / GB)} GB` : `${(Math.ceil(bytes / (100 * GB)) / 10).toFixed(1)} TB`;
