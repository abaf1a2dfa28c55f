import { ERROR_CODES, type ErrorRow } from './codes.ts';

const INTRODUCTION = `# Errors

<!-- Generated from core/errors/codes.ts by \`clawdbot config docs --write\`; do not edit. -->

Every error body is \`{ "error": { "code", "message", "requestId", "details"? } }\`; the OpenAI routes answer in OpenAI's
shape with the type and code below. Branch on \`code\`: it is stable, the message is for people. An error marked
*retryable* comes with \`Retry-After\`. The request id is in the header \`x-request-id\`, in the body and in the log.`;

/** The page of all errors: one heading for each code, so that a link can point at it. */
export const renderErrors = (): string => {
  const rows: [string, ErrorRow][] = Object.entries(ERROR_CODES);
  return `${[INTRODUCTION, ...rows.map(renderError)].join('\n\n')}\n`;
};

const renderError = ([code, row]: [string, ErrorRow]): string =>
  [
    `## ${code}`,
    '',
    `${row.meaning} ${row.remedy}`,
    '',
    `Status ${row.status}${row.retryable ? ', retryable' : ''}; OpenAI: ${renderOpenai(row.openai)}.`,
  ].join('\n');

const renderOpenai = ({ type, code }: ErrorRow['openai']): string =>
  code === null ? `\`${type}\`` : `\`${type}\`, code \`${code}\``;
