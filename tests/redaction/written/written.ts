import { readdirSync, readFileSync } from 'node:fs';
import type { LabelledText } from '../types.ts';
import { parseWritten } from './notation.ts';

const FOLDER = new URL('./texts/', import.meta.url);

/** Texts that people wrote one by one, without the generator: see README.md beside this file. */
export const writtenTexts = (): readonly LabelledText[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .flatMap((name) => parseWritten(name.slice(0, -4), readFileSync(new URL(name, FOLDER), 'utf8')));
