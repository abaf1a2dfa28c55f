import type { Verdict } from '../../core/audit/verify.ts';
import type { ContentVerdict } from './content-check.ts';

/** What `clawdbot audit verify` found. */
export interface FullVerdict extends Verdict {
  /** Absent: there is no content beside the trail. */
  readonly content?: ContentVerdict;
}

/** Ends of `clawdbot audit verify`. */
export const VERIFY_EXIT = { intact: 0, nothing: 1, torn: 3, broken: 65 } as const;

/** The exit code that a verdict stands for. */
export const exitCodeOf = ({ result, records, head, breaks, content }: FullVerdict): number => {
  if (records === 0 && head === undefined && breaks.length === 0) return VERIFY_EXIT.nothing;
  if (content !== undefined && content.missing + content.changed > 0) return VERIFY_EXIT.broken;
  return VERIFY_EXIT[result];
};

/** A verdict for a person: what was checked, where it breaks, and what the check cannot say. */
export const describeVerdict = (verdict: FullVerdict): string =>
  [headline(verdict), ...verdict.breaks.map(describeBreak), ...notes(verdict)].join('\n');

const headline = ({ result, records, files, firstSequence, last }: FullVerdict): string => {
  if (records === 0) return 'nothing to verify: no record was found';
  const span = `${records} records in ${files} ${files === 1 ? 'file' : 'files'} (${firstSequence} to ${last.sequence})`;
  if (result === 'intact') return `intact: ${span}`;
  return result === 'torn' ? `torn: ${span}; only the last line is not complete` : `BROKEN: ${span}`;
};

const describeBreak = ({ kind, file, line, message }: Verdict['breaks'][number]): string =>
  `  ${file}:${line}  ${kind}: ${message}`;

const notes = (verdict: FullVerdict): string[] => {
  const { markedTorn, signedHeads, head, unsignedRecords, isKeyGiven, content, records } = verdict;
  if (records === 0) return [];
  const lines = [`  ${signedHeads} signed heads in the trail; ${unsignedRecords} records behind the last signature`];
  if (head !== undefined)
    lines.push(`  held against the head of record ${head.sequence}, ${head.time}, key ${head.keyId}`);
  else lines.push('  held against no head: whether the end was cut off cannot be said');
  if (markedTorn > 0)
    lines.push(`  ${markedTorn} torn lines that the next start found and marked (a crash, not a break)`);
  if (!isKeyGiven) lines.push('  the public key came from the folder itself; give the one you trust with --public-key');
  if (content !== undefined) lines.push(describeContent(content));
  return lines;
};

const describeContent = ({ present, deleted, missing, changed }: ContentVerdict): string =>
  `  content: ${present} present, ${deleted} deleted on record, ${missing} missing, ${changed} changed`;
