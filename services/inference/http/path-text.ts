import { z } from 'zod';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const WITHOUT_CONTROLS = /^[^\u0000-\u001f\u007f]*$/;

/**
 * A parameter of a path. A control character there, encoded or not, is refused before any route is known; the document
 * says so with the parameter.
 */
export const pathText = (maxCharacters: number, description: string): z.ZodString =>
  z.string().min(1).max(maxCharacters).regex(WITHOUT_CONTROLS, 'no control character').meta({ description });
