import type { Logger } from '../core/telemetry/log.ts';

const nothing = (): void => undefined;

/** A log that nobody reads, for tests and benches. */
export const quietLog: Logger = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
