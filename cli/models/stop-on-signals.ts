/** A signal that aborts when the person at the terminal, or the system, asks this process to stop. */
export const stopOnSignals = (reason: Error): { readonly signal: AbortSignal; release(): void } => {
  const controller = new AbortController();
  const stop = () => controller.abort(reason);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    },
  };
};
