import type { Config, ModelSource } from '../../../../core/config/schema.ts';
import type { WayOut } from '../../../../core/egress/way-out.ts';

export type Downloads = Config['downloads'];

/** How downloads leave the machine. */
export interface DownloadWay {
  readonly out: Pick<WayOut, 'open' | 'refusal' | 'noteProgram'>;
  /** Whether an index that pip is set up for counts as declared: `egress.implied`. */
  readonly implied: boolean;
}

/** What a source needs from the resolver; nothing else reaches it. */
export interface SourceContext {
  /** Where the bytes go while they are incomplete; the resolver moves the file once it is checked. */
  readonly part: string;
  /** Name of the file asked for; differs from the configured one for the later parts of a split GGUF. */
  readonly fileName: string;
  readonly env: NodeJS.ProcessEnv;
  readonly downloads: Downloads;
  readonly way: DownloadWay;
  readonly signal: AbortSignal;
  /** Bytes there so far, and how many there will be where that is known. */
  onBytes(receivedBytes: number, totalBytes: number | undefined): void;
  /** Throws ERR_MODELS_DISK when this many more bytes do not fit. */
  checkRoom(bytes: number): Promise<void>;
}

/** What arrived: the hash is there when it was computed on the way. */
export interface Fetched {
  readonly sha256?: string;
}

/** One kind of source; each lives in a file of its own and is listed in `table.ts`. */
export interface Source<S extends ModelSource = ModelSource> {
  /** How people recognise it: `hf QuantFactory/…/….gguf`. Never carries a credential. */
  describe(source: S): string;
  fileName(source: S): string;
  /** Where a person with a browser finds the file; `undefined` where only a tool can. */
  byHand(source: S): string | undefined;
  fetch(source: S, context: SourceContext): Promise<Fetched>;
}

type Having<K extends string> = Extract<ModelSource, Record<K, string>>;
export type FileSource = Exclude<Having<'file'>, { python: string }>;
export type PythonSource = Having<'python'>;
export type HfSource = Having<'hf'>;
export type ModelscopeSource = Having<'modelscope'>;
export type HttpsSource = Having<'https'>;
