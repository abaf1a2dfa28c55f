import { calibrate, type ModelShape, type StepTime, stepSeconds } from '../../cli/doctor/forecast.ts';
import { CALIBRATION, shapeOf } from '../../cli/doctor/model.ts';
import { measureMemory } from '../../cli/doctor/speeds.ts';
import { configSchema } from '../../core/config/schema.ts';
import { paceModel } from '../../services/engine/measure/pace-model.ts';
import { readModelFacts } from '../../services/inference/models/facts.ts';
import { type BenchModel, benchModel } from '../models/models.ts';
import { type Judged, runRounds, type Sample } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Report, SuiteOptions } from '../suite.ts';

const SIDES = ['forecast', 'measured'] as const;
type Side = (typeof SIDES)[number];
const SMOKE_MS = 100;

/** What `doctor --model` foretells of a second size, calibrated with the embedded model as the doctor does it, against that size itself. */
export const runDoctorSuite = async (options: SuiteOptions): Promise<Report> => {
  const { threads, isSmoke, env, say } = options;
  const known = await benchModel('135m', env);
  const asked = await benchModel('15m', env);
  const [knownShape, askedShape] = [await readShape(known), await readShape(asked)];
  const { sequences } = CALIBRATION;
  const forMs = isSmoke ? SMOKE_MS : CALIBRATION.forMs;
  const pace = async ({ file }: BenchModel): Promise<readonly StepTime[]> =>
    (await paceModel({ file, threads, sequences, forMs }, new AbortController().signal)).steps;
  const measure = async (side: Side): Promise<Sample> => {
    if (side === 'measured') return sampleOf(await pace(asked));
    const bandwidth = await measureMemory();
    if (!bandwidth.isSeen) throw new Error(`memory: ${bandwidth.why}`);
    const roofline = calibrate(knownShape, await pace(known), bandwidth.value);
    return sampleOf(
      sequences.map((count) => ({ sequences: count, seconds: stepSeconds(roofline, askedShape, count) })),
    );
  };
  const judged: readonly Judged<Side>[] = sequences.map((count) => ({
    ...{ measure: measureOf(count), of: 'forecast', against: 'measured', as: 'ratio' },
  }));
  const rounds = await runRounds<Side>({
    ...{ variants: SIDES, measure, judged: judged.slice(0, 1), now: () => performance.now() },
    ...{ minRounds: options.minRounds ?? 5, maxRounds: options.maxRounds ?? 10 },
    deadline: performance.now() + options.minutes * 60_000,
    onRound: (so) =>
      say(
        `round ${so.forecast.length}: ${JSON.stringify(so.forecast.at(-1))} foretold, ${JSON.stringify(so.measured.at(-1))} measured`,
      ),
  });
  return {
    suite: 'doctor',
    settings: { threads, calibrationMs: forMs },
    models: [known.fact, asked.fact],
    comparisons: judged.map((each) => compare(rounds, each, { model: asked.name, case: 'forecast' })),
    tables: [],
    notes: [
      'forecast: calibrated with the embedded model and the bandwidth of memory; decode steps alone, without sampling',
    ],
  };
};

const readShape = async ({ name, file }: BenchModel): Promise<ModelShape> => {
  const [model] = configSchema.parse({ models: [{ id: name, sources: [] }] }).models;
  const shape = model === undefined ? undefined : shapeOf(await readModelFacts(model, [file]));
  if (shape === undefined) throw new TypeError(`${name}: its header does not tell its shape`);
  return shape;
};

const measureOf = (sequences: number): string => `tokens/s of ${sequences}`;

const sampleOf = (steps: readonly StepTime[]): Sample =>
  Object.fromEntries(steps.map(({ sequences, seconds }) => [measureOf(sequences), sequences / seconds]));
