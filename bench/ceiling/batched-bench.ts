import { execa } from 'execa';

export interface BatchedBench {
  readonly program: string;
  readonly model: string;
  readonly threads: number;
  readonly contextTokens: number;
  readonly promptTokens: number;
  readonly answerTokens: number;
}

/** The lines of `--output-format jsonl` that count: `speed` is prompt and answer tokens over the whole time. */
interface Line {
  readonly pl: number;
  readonly speed: number;
  readonly speed_tg: number;
}

/** Runs llama-batched-bench once, with all sequences starting together; tokens/s of prompts and answers. */
export const runBatchedBench = async (bench: BatchedBench, parallel: number): Promise<number> => {
  const { program, model, threads, contextTokens, promptTokens, answerTokens } = bench;
  const { stdout } = await execa(
    program,
    [
      ...['-m', model, '-c', `${contextTokens}`, '-t', `${threads}`, '-tb', `${threads}`],
      ...['-npp', `${promptTokens}`, '-ntg', `${answerTokens}`, '-npl', `${parallel}`],
      ...['--output-format', 'jsonl'],
    ],
    { stdin: 'ignore', stderr: 'ignore' },
  );
  const line = stdout.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`llama-batched-bench: expected a line of JSON, got ${stdout.slice(0, 200)}`);
  const { speed } = JSON.parse(line) as Line; // a program of the pinned release
  return speed;
};
