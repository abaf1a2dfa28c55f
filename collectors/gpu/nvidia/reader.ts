import type { Clock } from '../../clock.ts';
import { isAbsence } from '../../files.ts';
import { withoutImplausible } from '../../plausible.ts';
import { ProgramRunner } from '../../program.ts';
import {
  type AcceleratorReader,
  type AcceleratorReading,
  type CollectorContext,
  PROGRAM_INTERVAL_MS,
  type ReadOutcome,
} from '../../reader.ts';
import { type Sample, sample } from '../../sample.ts';
import { EnergyMeter } from '../energy.ts';
import { type NvidiaDevice, readDevice } from './device.ts';
import { failureOf, saysNoDevices } from './failure.ts';
import { chooseFields, fieldsInHelp, type Query } from './fields.ts';
import type { NvidiaOptions } from './options.ts';
import { splitRows } from './rows.ts';
import { SideQueries } from './side-queries.ts';
import { type Round, SmiStream } from './stream.ts';
import { openKernelLog, XidCounter } from './xid.ts';

type Outcome = ReadOutcome<readonly AcceleratorReading[]>;
type Failure = Outcome & { readonly kind: 'failed' };

/** A stream that stays silent so often in a row is one whose output is held back: one-shot queries take its place. */
const SILENCES = 2;
const LOOK_MS = 5000;

/** Every GPU through nvidia-smi: its stream, or one query for each reading. */
export class NvidiaReader implements AcceleratorReader {
  readonly #options: NvidiaOptions;
  readonly #context: CollectorContext;
  readonly #clock: Clock;
  readonly #runner: ProgramRunner;
  readonly #stream: SmiStream;
  readonly #side: SideQueries;
  readonly #xids: XidCounter;
  readonly #energy: EnergyMeter;
  /** UUID by bus address, for devices too sick to tell theirs. */
  readonly #ids = new Map<string, string>();
  readonly #unreadable = new Set<string>();
  #fields: Set<string> | undefined;
  #query: Query | undefined;
  #devicesListed = '';
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isTailing: boolean;
  #silences = 0;

  constructor(options: NvidiaOptions, context: CollectorContext) {
    const { clock, start, intervalMs } = context;
    const { command, deadlineMs: firstMs } = options;
    this.#options = options;
    this.#context = context;
    this.#clock = clock;
    this.#runner = new ProgramRunner(start, clock);
    this.#stream = new SmiStream({ start, clock, command, intervalMs, firstMs });
    this.#side = new SideQueries({ start, clock, command, deadlineMs: firstMs, owners: context.owners });
    this.#xids = new XidCounter(openKernelLog(options.kernelLog));
    this.#isTailing = options.mode !== 'query';
    this.#energy = new EnergyMeter(3 * Math.max(intervalMs, PROGRAM_INTERVAL_MS));
  }

  get intervalMs(): number {
    const { intervalMs } = this.#context;
    return this.#isTailing ? intervalMs : Math.max(intervalMs, PROGRAM_INTERVAL_MS);
  }

  get deadlineMs(): number {
    return this.#options.deadlineMs;
  }

  async read(signal: AbortSignal): Promise<Outcome> {
    if (this.#isLookDue() && !(await this.#hasDriver()))
      return { kind: 'absent', why: `no NVIDIA driver (${this.#options.driverFile})` };
    if (this.#isLookDue()) await this.#noticeDevices();
    const startedAt = this.#clock.now();
    const query = this.#query ?? (await this.#probe());
    if ('kind' in query) return query;
    this.#query = query;
    const leftMs = Math.max(1, this.deadlineMs - (this.#clock.now() - startedAt));
    const round = this.#isTailing ? await this.#stream.next(query, signal, leftMs) : await this.#ask(query, leftMs);
    return this.#outcomeOf(round, query);
  }

  async stop(): Promise<void> {
    this.#stream.close();
    this.#runner.stop();
    this.#side.stop();
    this.#xids.close();
  }

  /** A stream that runs is proof of a driver; beside it driver and devices are looked at less often. */
  #isLookDue(): boolean {
    return !this.#stream.isRunning || this.#clock.now() - this.#lookedAt >= LOOK_MS;
  }

  async #hasDriver(): Promise<boolean> {
    const { driverFile } = this.#options;
    // Other systems have no such file; there the program itself says whether it has a driver.
    if (process.platform !== 'linux') return true;
    return this.#context.files.read(driverFile).then(
      () => true,
      (error) => !isAbsence(error),
    );
  }

  /** The stream knows only the devices that were there when it began. */
  async #noticeDevices(): Promise<void> {
    const listed = await this.#context.files.list(this.#options.deviceFolder).then(
      (names) => names.sort().join(),
      () => '',
    );
    if (listed !== this.#devicesListed && this.#stream.isRunning) {
      this.#context.log.info('nvidia_smi.devices_changed', {}, 'another list of NVIDIA devices: looking anew');
      await this.#stream.renew();
    }
    this.#devicesListed = listed;
    this.#lookedAt = this.#clock.now();
  }

  /** Asks the driver what it knows; one that is too old to say gets what all of them know. */
  async #probe(): Promise<Query | Failure> {
    if (this.#fields === undefined) {
      const run = await this.#runner.run(this.#options.command, ['--help-query-gpu'], this.deadlineMs);
      if (run.kind === 'failed') return run;
      const said = `${run.stdout}\n${run.stderr}`;
      this.#fields = new Set(fieldsInHelp(run.stdout));
      if (this.#fields.size === 0 && run.code !== 0) {
        this.#fields = undefined;
        return { kind: 'failed', ...failureOf(run.code, said) };
      }
    }
    return chooseFields(this.#fields.size === 0 ? undefined : this.#fields);
  }

  async #ask(query: Query, deadlineMs: number): Promise<Round> {
    const args = [`--query-gpu=${query.names.join(',')}`, '--format=csv,noheader,nounits'];
    const run = await this.#runner.run(this.#options.command, args, deadlineMs);
    if (run.kind === 'failed') return run;
    // 14: the info ROM of a device is broken; the rows are there all the same.
    if (run.code === 0 || run.code === 14) return { kind: 'lines', lines: run.stdout.split('\n') };
    return { kind: 'failed', ...failureOf(run.code, `${run.stdout}\n${run.stderr}`) };
  }

  #outcomeOf(round: Round, query: Query): Outcome {
    if (round.kind === 'failed') return this.#failed(round);
    if (saysNoDevices(0, round.lines.join('\n'))) return { kind: 'absent', why: 'the NVIDIA driver has no devices' };
    const rows = splitRows(round.lines, query);
    if (rows.kind === 'failed') return this.#failed(rows);
    if (rows.rows.length === 0) return { kind: 'failed', reason: 'malformed', detail: 'nvidia-smi: no rows' };
    this.#silences = 0;
    this.#xids.update();
    const devices = rows.rows.map((cells) => readDevice(cells, query, this.#ids));
    this.#side.refresh(devices.some(({ hasSlices }) => hasSlices));
    let implausible = 0;
    const readings = devices.map((device) => {
      if (device.bus !== undefined && device.id.startsWith('GPU-')) this.#ids.set(device.bus, device.id);
      this.#noteUnreadable(device);
      const own = withoutImplausible(device.samples);
      const added = withoutImplausible(this.#added({ ...device, samples: own.samples }));
      implausible += own.dropped + added.dropped;
      return { ...device, samples: [...own.samples, ...added.samples] };
    });
    return { kind: 'read', reading: [...readings, ...this.#side.slices], implausible };
  }

  #failed(failure: Failure | (Round & { readonly kind: 'failed' })): Outcome {
    if (failure.reason === 'exit_6') return { kind: 'absent', why: 'the NVIDIA driver has no devices' };
    const unknown = /Field "([\w.]+)" is not a valid field/.exec(failure.detail)?.[1];
    if (unknown !== undefined && this.#query !== undefined) this.#forget(unknown);
    // Another driver may be behind the next answer.
    else if (failure.reason === 'exit_2' || failure.reason === 'exit_18') this.#fields = undefined;
    this.#query = undefined;
    if (failure.reason === 'silent') this.#silences += 1;
    if (this.#silences >= SILENCES && this.#options.mode === 'auto' && this.#isTailing) {
      this.#isTailing = false;
      const detail = `the stream of nvidia-smi stays silent; asking every ${this.intervalMs / 1000} s instead`;
      this.#context.log.warn('nvidia_smi.stream_given_up', {}, detail);
    }
    return failure;
  }

  #forget(field: string): void {
    this.#fields ??= new Set(this.#query?.names);
    if (this.#fields.size === 0) this.#fields = new Set(this.#query?.names);
    this.#fields.delete(field);
  }

  #noteUnreadable({ unreadable }: NvidiaDevice): void {
    for (const field of unreadable) {
      if (this.#unreadable.has(field)) continue;
      this.#unreadable.add(field);
      this.#context.log.warn('nvidia_smi.value_unreadable', { labels: { field } }, `nvidia-smi: ${field} is no number`);
    }
  }

  /** What does not stand in the row of a device. */
  #added({ id, bus, samples }: NvidiaDevice): Sample[] {
    const labels = { 'hw.id': id, 'hw.type': 'gpu' } as const;
    const power = samples.find(({ key }) => key === 'power')?.value;
    const added = this.#side.samplesOf(id);
    if (power !== undefined) added.push(sample('energy', this.#energy.add(id, power, this.#clock.now()), labels));
    if (!this.#xids.isReadable || bus === undefined) return added;
    let total = 0;
    for (const [code, count] of this.#xids.countsOf(bus)) {
      total += count;
      added.push(sample('xid', count, { ...labels, xid: String(code) }));
    }
    return [...added, sample('hwErrors', total, { ...labels, 'error.type': 'xid' })];
  }
}
