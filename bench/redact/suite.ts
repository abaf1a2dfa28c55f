import { redactorOfAllPacks } from '../../tests/redaction/subject.ts';
import type { Report, SuiteOptions } from '../suite.ts';
import { measureHostile } from './hostile-bodies.ts';
import type { Part } from './part.ts';
import { measurePrompts } from './prompt-time.ts';
import { measureQuality } from './quality.ts';
import { measureService } from './service.ts';
import { measureStreams } from './streams.ts';

/** The parts by the names that `--case` knows. */
const PARTS = {
  prompts: measurePrompts,
  hostile: measureHostile,
  streams: measureStreams,
  quality: measureQuality,
  service: measureService,
} as const;

export const REDACT_CASES = Object.keys(PARTS);

/** What redaction costs, with all packs on, and what it finds. */
export const runRedactSuite = async (options: SuiteOptions): Promise<Report> => {
  const names = REDACT_CASES.filter((name) => options.cases?.includes(name) ?? true);
  const redactor = redactorOfAllPacks();
  const parts: Part[] = [];
  for (const [name, measure] of Object.entries(PARTS)) {
    if (!names.includes(name)) continue;
    options.say(`redact: ${name}`);
    parts.push(await measure(redactor, options));
  }
  return {
    suite: 'redact',
    settings: { packs: 'all', actions: 'mask', cases: names.join(' ') },
    models: parts.flatMap((part) => part.models ?? []),
    comparisons: parts.flatMap(({ comparisons }) => comparisons),
    tables: parts.flatMap(({ tables }) => tables),
    notes: parts.flatMap(({ notes }) => notes),
  };
};
