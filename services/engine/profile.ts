import { recordCpuProfile } from '../../core/telemetry/cpu-profile.ts';
import { asEngineError } from './failure.ts';
import type { EngineCommand, EngineEvent } from './protocol/messages.ts';
import { failureOf } from './work.ts';

/** Profiles this process and says when the file is there, or why not. */
export const answerProfile = (
  { id, seconds, file }: EngineCommand & { readonly type: 'profile' },
  signal: AbortSignal,
  emit: (event: EngineEvent) => void,
): void => {
  void recordCpuProfile({ seconds, file, signal }).then(
    () => emit({ type: 'profiled', id }),
    (error: unknown) => emit(failureOf(id, asEngineError(error))),
  );
};
