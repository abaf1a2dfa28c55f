import type { CheckRow } from './check-row.ts';
import { formatQuantity } from './format.ts';
import { blind, compare, fine, found, measure } from './judge.ts';

/** An RTX 4090 has 24 GiB, of which its driver shows a little less. */
const ACCELERATOR = { minimum: 0, recommended: 24e9, slack: 0.01 };
const MIB = 1024 * 1024;
/** Less than that is graphics in the processor, which has the machine's memory and no more. */
const LEAST_OWN_MEMORY = 1024 * MIB;
/** What the CUDA libraries of the pinned node-llama-cpp are linked against: 13, with others for 12 beside them. */
const CUDA = { minimum: 12, recommended: 13 };

/** What computes beside the processor, and whether it can be used. */
export const ACCELERATOR_CHECKS: readonly CheckRow[] = [
  {
    ...{ name: 'accelerator', title: 'GPU', minimum: 'optional', recommended: 'NVIDIA RTX 4090 class, 24 GB' },
    look({ accelerators }) {
      if (!accelerators.isSeen) return blind(accelerators.why);
      const { devices, failure } = accelerators.value;
      if (failure !== undefined && devices.length === 0) {
        return { measured: null, result: 'unknown', advice: `${failure}; install or repair the driver` };
      }
      const own = devices.filter(({ memoryBytes = 0 }) => memoryBytes >= LEAST_OWN_MEMORY);
      const [first] = own.toSorted((a, b) => (b.memoryBytes ?? 0) - (a.memoryBytes ?? 0));
      if (first === undefined) {
        const rest = devices.map(({ vendor, name }) => `${vendor} ${name}`).join(', ');
        const measured = measure(
          accelerators,
          'none',
          undefined,
          rest === '' ? undefined : `without memory of its own: ${rest}`,
        );
        return found(measured, 'warn', 'models run on the processor; a GPU answers several times faster');
      }
      const { memoryBytes = 0 } = first;
      const note = own.length === 1 ? undefined : `${own.length} devices, the largest counts`;
      const value = `${first.name}, ${formatQuantity(memoryBytes, 'By')}`;
      return found(
        measure(accelerators, value, undefined, note),
        compare(memoryBytes, ACCELERATOR),
        'larger models stay partly on the processor (gpuLayers), which is slower',
      );
    },
  },
  {
    ...{
      name: 'accelerator_driver',
      title: 'GPU driver',
      minimum: `CUDA ${CUDA.minimum}`,
      recommended: `CUDA ${CUDA.recommended}`,
    },
    look({ accelerators, surroundings }) {
      if (!accelerators.isSeen) return blind(accelerators.why);
      const { nvidia, failure } = accelerators.value;
      if (failure !== undefined)
        return {
          measured: null,
          result: 'fail',
          advice: `${failure}; install the driver, or restart after its update`,
        };
      if (nvidia === undefined) return fine(measure(accelerators, 'none needed'));
      const { version, cuda, computeCapability, isPersistent } = nvidia;
      const isPersistenceOff = isPersistent === false && surroundings.place !== 'WSL2';
      const note = [
        ...(cuda === undefined ? [] : [`CUDA ${cuda}`]),
        ...(computeCapability === undefined ? [] : [`compute ${computeCapability}`]),
        ...(isPersistent === undefined ? [] : [`persistence ${isPersistent ? 'on' : 'off'}`]),
      ].join(', ');
      const measured = measure(accelerators, version, undefined, note);
      if (cuda === undefined) return { measured, result: 'unknown', advice: 'nvidia-smi does not tell its CUDA level' };
      const result = compare(Number.parseInt(cuda, 10), CUDA);
      if (result !== 'pass')
        return found(measured, result, `update the driver: the shipped libraries want CUDA ${CUDA.recommended}`);
      return isPersistenceOff
        ? found(
            measured,
            'warn',
            'the first use of an idle GPU takes seconds; root can keep the driver awake: nvidia-smi -pm 1',
          )
        : fine(measured);
    },
  },
  {
    ...{
      name: 'accelerator_containers',
      title: 'GPU in containers',
      minimum: null,
      recommended: 'nvidia-container-toolkit',
    },
    look({ accelerators, toolkit, engine }) {
      const hasNvidia = accelerators.isSeen && accelerators.value.nvidia !== undefined;
      if (!hasNvidia) return fine({ value: 'none needed', source: 'no NVIDIA GPU' });
      if (toolkit.isSeen) return fine(measure(toolkit, toolkit.value));
      const isUsed = engine.isSeen && engine.value.kind === 'ready';
      const measured = { value: 'absent', source: 'nvidia-ctk, /etc/cdi' };
      if (!isUsed) return fine({ ...measured, note: 'and no container engine' });
      return found(measured, 'warn', `containers cannot use the GPU: ${toolkit.why}; install nvidia-container-toolkit`);
    },
  },
  {
    ...{ name: 'npu', title: 'NPU', minimum: null, recommended: null },
    look({ npus }) {
      if (!npus.isSeen) return blind(npus.why);
      const measured = measure(npus, npus.value.length === 0 ? 'none' : npus.value.join(', '));
      return fine(
        npus.value.length === 0 ? measured : { ...measured, note: 'measured by the collectors, not used for models' },
      );
    },
  },
];
