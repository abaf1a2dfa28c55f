import { styleText } from 'node:util';

type Mark = 'ok' | 'warn' | 'fail' | 'info' | 'busy';

const MARKS = {
  ok: ['✓', 'green'],
  warn: ['!', 'yellow'],
  fail: ['✗', 'red'],
  info: ['·', 'cyan'],
  busy: ['…', 'cyan'],
} as const;
const BAR_CELLS = 24;

/** Tells a person what is happening: lines that stay, and one updating line per process on a terminal. */
export interface Narrator {
  /** A line that stays. */
  say(mark: Mark, text: string): void;
  /** A block printed as it is. */
  print(text: string): void;
  /** The state of one thing: redrawn in place on a terminal, printed when it changes otherwise. `figures` move all the time and are for terminals only. */
  show(id: string, mark: Mark, text: string, figures?: string): void;
  /** Like `show` with a bar; a pipe gets a line every tenth of the way. */
  progress(id: string, label: string, ratio: number | undefined, detail: string): void;
  /** Removes the state line of `id`. */
  forget(id: string): void;
  /** Leaves the terminal as it would be without us. */
  close(): void;
}

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Writes to a terminal or a pipe, each in its own way. */
export const createNarrator = (output: Output): Narrator => (output.isTTY ? createLive(output) : createPlain(output));

const line = (mark: Mark, text: string, hasColour: boolean): string => {
  const [sign, colour] = MARKS[mark];
  return `${hasColour ? styleText(colour, sign, { validateStream: false }) : sign} ${text}`;
};

const percent = (ratio: number): string => `${Math.floor(ratio * 100)} %`;

const createPlain = (output: Output): Narrator => {
  const last = new Map<string, string>();
  const once = (id: string, key: string, text: string) => {
    if (last.get(id) === key) return;
    last.set(id, key);
    output.write(`${text}\n`);
  };
  return {
    say: (mark, text) => output.write(`${line(mark, text, false)}\n`),
    print: (text) => output.write(`${text}\n`),
    show: (id, mark, text) => once(id, `${mark}${text}`, line(mark, text, false)),
    progress(id, label, ratio, detail) {
      const tenth = ratio === undefined ? 'started' : Math.floor(ratio * 10);
      once(
        id,
        `${label}${tenth}`,
        line('busy', `${label} ${ratio === undefined ? '' : `${percent(ratio)} `}${detail}`.trimEnd(), false),
      );
    },
    forget: (id) => last.delete(id),
    close: () => undefined,
  };
};

const createLive = (output: Output): Narrator => {
  const states = new Map<string, string>();
  let drawn = 0;
  const clear = () => {
    if (drawn > 0) output.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  const draw = () => {
    for (const text of states.values()) output.write(`${clip(text, output.columns ?? 80)}\n`);
    drawn = states.size;
  };
  const stay = (text: string) => {
    clear();
    output.write(`${text}\n`);
    draw();
  };
  const set = (id: string, text: string) => {
    if (states.get(id) === text) return;
    states.set(id, text);
    clear();
    draw();
  };
  return {
    say: (mark, text) => stay(line(mark, text, true)),
    print: stay,
    show: (id, mark, text, figures = '') => set(id, line(mark, text + figures, true)),
    progress(id, label, ratio, detail) {
      const bar =
        ratio === undefined
          ? ''
          : ` ${'█'.repeat(Math.round(ratio * BAR_CELLS)).padEnd(BAR_CELLS, '░')} ${percent(ratio)}`;
      set(id, line('busy', `${label}${bar} ${detail}`.trimEnd(), true));
    },
    forget(id) {
      if (!states.delete(id)) return;
      clear();
      draw();
    },
    close() {
      states.clear();
      drawn = 0;
    },
  };
};

// A state line that wraps would be counted as one and leave rubbish behind when it is redrawn.
const clip = (text: string, columns: number): string => {
  const visible = text.replaceAll(ESCAPES, '');
  if (visible.length < columns) return text;
  return `${visible.slice(0, Math.max(0, columns - 2))}…`;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour sequences begin with the escape character
const ESCAPES = /\u001b\[[0-9;]*m/g;
