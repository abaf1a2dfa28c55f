import { configSchema } from '../../core/config/schema.ts';
import { openRules } from './redact/stage/engine.ts';
import { createRedaction } from './redact/stage/redaction.ts';

const MAX_CAUSES = 5;

/**
 * What is written of an error that ends the process: its stack and causes, redacted with every shipped rule, because by
 * then no configuration can be relied on.
 */
export const describeCrash = (thrown: unknown): string => {
  const stacks: string[] = [];
  let current = thrown;
  while (current !== undefined && stacks.length < MAX_CAUSES) {
    stacks.push(current instanceof Error ? (current.stack ?? String(current)) : String(current));
    current = current instanceof Error ? current.cause : undefined;
  }
  try {
    return createRedaction(configSchema.parse({}), (config) => openRules(config)).record(stacks.join('\nCaused by: '));
  } catch {
    return 'the error could not be checked for private data and is not shown';
  }
};

/** Ends the process on an error that nobody caught, without the error in words that may hold a prompt. */
export const guardCrashes = (end: () => never): void => {
  process.on('uncaughtException', (thrown) => {
    process.stderr.write(`clawdbot: the process failed and ends\n${describeCrash(thrown)}\n`);
    end();
  });
};
