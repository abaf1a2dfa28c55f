import type { Redactor } from '../../services/inference/redact/redactor.ts';
import { corpusOf, PARTS } from '../../tests/redaction/corpus.ts';
import { qualityTables } from '../../tests/redaction/report.ts';
import { score } from '../../tests/redaction/score.ts';
import { finderOf } from '../../tests/redaction/subject.ts';
import type { Part } from './part.ts';

/** Recall and precision by type, which cost no time and belong beside what they cost. */
export const measureQuality = async (redactor: Redactor): Promise<Part> => ({
  comparisons: [],
  tables: PARTS.flatMap((part) => qualityTables(part, score(corpusOf(part), finderOf(redactor)))),
  notes: ['recall and precision on the generated corpus of tests/redaction, see docs/redaction.md'],
});
