import { printPath, type SettingPath } from './setting-path.ts';

/** One mistake in the configuration, ready to print. */
export interface Problem {
  readonly path: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Where, what was expected, what arrived, what to do; one line. */
  readonly message: string;
}

/** Where a value came from. */
export interface Origin {
  /** The file, the variable or `command line`, as the message names it. */
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** A mistake before it is known where its value came from. */
export interface Finding {
  readonly path: SettingPath;
  /** True when the mistake is the key itself. */
  readonly isKey?: boolean;
  readonly expected: string;
  readonly arrived: string;
  readonly advice: string;
}

/** The finding in the one form of all messages. */
export const toProblem = (finding: Finding, origin: Origin): Problem => {
  const { name, ...position } = origin;
  const place = [name, position.line, position.column].filter((part) => part !== undefined).join(':');
  const path = printPath(finding.path);
  const subject = path === '' ? `${place}:` : `${place} ${path}:`;
  return {
    path,
    ...position,
    message: `${subject} expected ${finding.expected}, got ${finding.arrived}; ${finding.advice}`,
  };
};
