/** Pure data about a plugin: what it is, without running any of it. */
export interface Manifest {
  /** `<kind>.<name>`, unique. */
  readonly id: string;
  readonly kind: 'engine' | 'collector' | 'jobStore' | 'cache' | 'redactor' | 'scaleTarget' | 'notifier' | 'action';
  /** One sentence for `clawdbot config docs` and error messages. */
  readonly summary: string;
}

/** Anything that was started and can be stopped; `stop` may be called twice. */
export interface Started {
  stop(): Promise<void>;
}

/**
 * One plugin. Importing it does nothing; `config` turns its raw options into checked ones or throws a
 * ServiceError naming each mistake; `start` acquires everything and returns what can be stopped.
 */
export interface Plugin<Options, Context, Handle extends Started> {
  readonly manifest: Manifest;
  readonly config: (raw: unknown) => Options;
  readonly start: (context: Context & { readonly config: Options }) => Promise<Handle>;
}

/** Types a plugin; does nothing else. */
export const definePlugin = <Options, Context, Handle extends Started>(
  plugin: Plugin<Options, Context, Handle>,
): Plugin<Options, Context, Handle> => plugin;
