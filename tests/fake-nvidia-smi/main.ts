import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { busOf, type FakeState, type Fault, uuidOf } from './state.ts';

/** A fake nvidia-smi: replays a capture, and misbehaves as the file in FAKE_NVIDIA_SMI says. One file, as a program is. */

interface Capture {
  readonly aliases: Readonly<Record<string, readonly string[]>>;
  readonly gpu: Readonly<Record<string, string>>;
  readonly apps: readonly { readonly pid: number; readonly memory: string }[];
  readonly list: readonly string[];
  readonly nvlink: readonly string[];
}

const stateFile = process.env.FAKE_NVIDIA_SMI ?? '';
const readState = (): FakeState => JSON.parse(readFileSync(stateFile, 'utf8'));
const readCapture = ({ capture }: FakeState): Capture =>
  JSON.parse(readFileSync(new URL(`./captures/${capture}.json`, import.meta.url), 'utf8'));

const args = process.argv.slice(2);
const option = (name: string): string | undefined => args.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1];
const loopMs = (): number | undefined => {
  if (args.includes('-l')) return Number(args[args.indexOf('-l') + 1]) * 1000;
  return args.includes('-lms') ? Number(args[args.indexOf('-lms') + 1]) : undefined;
};

const print = (text: string): void => void process.stdout.write(text);
const end = (code: number, text: string): void => {
  process.stdout.write(text, () => process.exit(code));
};
/** Stays, without work. */
const stay = (): void => void setInterval(() => undefined, 2 ** 30);

const nameIn = ({ aliases, gpu }: Capture, { isOld = false }: FakeState, field: string): string | undefined => {
  const known = isOld ? field.replace('clocks_throttle_reasons.', 'clocks_event_reasons.') : field;
  if (isOld && /event_reasons|recovery_action|tlimit|reserved|encoder|decoder/.test(field)) return undefined;
  if (known in gpu) return known;
  return Object.entries(aliases).find(([, names]) => names.includes(field))?.[0];
};

const helpOf = (capture: Capture, state: FakeState): string => {
  const names = Object.keys(capture.gpu)
    .map((name) => (state.isOld === true ? name.replace('clocks_event_reasons.', 'clocks_throttle_reasons.') : name))
    .filter((name) => nameIn(capture, state, name) !== undefined);
  const lines = names.map((name) => {
    const others = state.isOld === true ? [] : (capture.aliases[name] ?? []);
    return `"${[name, ...others].join('" or "')}"\nWhat it is.\n`;
  });
  return `List of valid properties to query for the switch "--query-gpu":\n\n${lines.join('\n')}`;
};

const cellOf = (capture: Capture, state: FakeState, name: string, index: number, round: number): string => {
  if (state.fault === 'lost' && index === 0 && !['count', 'pci.bus_id', 'index'].includes(name)) return '[GPU is lost]';
  if (name === 'count') return String(state.gpus);
  if (name === 'index') return String(index);
  if (name === 'uuid') return uuidOf(index);
  if (name === 'pci.bus_id') return busOf(index);
  const cell = state.cells?.[name] ?? capture.gpu[name] ?? '';
  return name === 'temperature.gpu' ? String(Number(cell) + round * (state.rampDegrees ?? 0)) : cell;
};

const rowsOf = (fields: readonly string[], round: number): string => {
  const state = readState();
  const capture = readCapture(state);
  const row = (index: number): string =>
    fields.map((field) => cellOf(capture, state, nameIn(capture, state, field) ?? field, index, round)).join(', ');
  return Array.from({ length: state.gpus }, (_none, index) => `${row(index)}\n`).join('');
};

/** Ends or stays as the fault says; false when rows are to be printed all the same. */
const misbehave = (fault: Fault | undefined, isLoop: boolean): boolean => {
  switch (fault) {
    case 'ignore-sigterm':
      process.on('SIGTERM', () => undefined);
      stay();
      return true;
    case 'hang':
      stay();
      return true;
    case 'silent-stream':
      if (isLoop) stay();
      return isLoop;
    case 'lost-exit':
      end(
        15,
        'Unable to determine the device handle for GPU0000:10:00.0: GPU is lost.  Reboot the system to recover this GPU\n',
      );
      return true;
    case 'mismatch':
      end(18, 'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 590.48\n');
      return true;
    case 'no-driver':
      end(
        9,
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n",
      );
      return true;
    case 'no-device':
      end(6, 'No devices were found\n');
      return true;
    case 'no-nvml':
      end(12, "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system.\n");
      return true;
    case 'no-permission':
      end(4, 'Failed to initialize NVML: Insufficient Permissions\n');
      return true;
    case 'bad-field':
      end(2, 'Field "fan.speed" is not a valid field to query.\n\n');
      return true;
    case 'garbage':
      end(0, '\u0000\u0001 what is this\nnot, a, row\n');
      return true;
    case 'crash':
      process.kill(process.pid, 'SIGSEGV');
      stay();
      return true;
    default:
      return false;
  }
};

const query = (fields: readonly string[]): void => {
  const { fault } = readState();
  const everyMs = loopMs();
  if (misbehave(fault, everyMs !== undefined)) return;
  if (fault === 'grandchild') {
    spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20_000)'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    }).unref();
    return end(0, rowsOf(fields, 0));
  }
  if (fault === 'flood') {
    const pour = (): void => void process.stdout.write('flood, '.repeat(20_000), pour);
    return pour();
  }
  if (fault === 'partial') {
    const text = rowsOf(fields, 0);
    const part = text.slice(0, Math.floor(text.length * 0.7));
    if (everyMs === undefined) return end(0, part);
    print(part);
    return stay();
  }
  if (everyMs === undefined) return end(0, rowsOf(fields, 0));
  let round = 0;
  const tell = (): void => {
    const now = readState().fault;
    if (now === 'wedge' && round >= 3) return;
    if (now !== undefined && now !== 'wedge' && now !== 'lost' && now !== fault) {
      if (misbehave(now, true)) clearInterval(timer);
      return;
    }
    print(rowsOf(fields, round));
    round += 1;
  };
  const timer = setInterval(tell, everyMs);
  tell();
};

/** As a driver counts what went over each link that is up. */
const trafficOf = (links: readonly string[]): string[] =>
  links.flatMap((line) => {
    const [, link, speed] = /^\s*Link (\d+): (?:[\d.]+ (GB\/s)|<inactive>)/.exec(line) ?? [];
    if (link === undefined) return [line];
    const count = (Number(link) + 1) * 1000;
    return speed === undefined
      ? []
      : [`\t Link ${link}: Data Tx: ${count} KiB`, `\t Link ${link}: Data Rx: ${2 * count} KiB`];
  });

const main = (): void => {
  appendFileSync(`${stateFile}.calls`, `${JSON.stringify({ pid: process.pid, args })}\n`);
  const state = readState();
  const capture = readCapture(state);
  const fields = option('query-gpu')?.split(',');
  if (args.includes('--help-query-gpu')) return end(0, helpOf(capture, state));
  if (fields !== undefined) {
    const unknown = fields.find((field) => nameIn(capture, state, field) === undefined);
    if (unknown !== undefined) return end(2, `Field "${unknown}" is not a valid field to query.\n\n`);
    return query(fields);
  }
  if (state.fault === 'hang' || state.fault === 'ignore-sigterm') return void misbehave(state.fault, false);
  if (option('query-compute-apps') !== undefined) {
    const apps = state.apps ?? capture.apps.map((app) => ({ ...app, gpu: 0 }));
    return end(0, apps.map(({ gpu, pid, memory }) => `${uuidOf(gpu)}, ${pid}, ${memory}\n`).join(''));
  }
  const named = (lines: readonly string[]): string =>
    `${lines.map((line) => line.replace(/GPU-[0-]+/, uuidOf(0))).join('\n')}\n`;
  if (args.includes('-L')) return end(0, named(capture.list));
  if (args.includes('nvlink')) return end(0, named(args.includes('-gt') ? trafficOf(capture.nvlink) : capture.nvlink));
  end(2, `Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n`);
};

main();
