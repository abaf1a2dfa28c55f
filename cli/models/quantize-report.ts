import { basename } from 'node:path';
import { QUANTIZE_TYPES, type QuantizeType } from '../../services/engine/protocol/quantization.ts';
import type { ModelFacts } from '../../services/inference/models/facts.ts';
import { formatBytes } from '../../services/inference/models/format.ts';

/** What was quantised, and what came of it. */
export interface Quantized {
  readonly source: string;
  readonly target: string;
  readonly type: QuantizeType;
  readonly before: ModelFacts;
  readonly after: ModelFacts;
  readonly fallbacks: readonly { readonly columns: number; readonly wanted: string; readonly got: string }[];
  readonly release: string;
}

/** The result for people: sizes, what is not as the type says, and how to use the file. */
export const describeQuantized = (quantized: Quantized): string =>
  [
    ...sizes(quantized),
    ...fallbacks(quantized),
    ...warnings(quantized),
    '',
    'To use it, in clawdbot.yaml:',
    '  models:',
    `    - id: ${quantized.after.id}`,
    `      sources: [{ file: ${JSON.stringify(quantized.target)} }]`,
  ].join('\n');

const sizes = ({ source, target, before, after, type }: Quantized): string[] => [
  `${basename(source)}: ${describe(before)}`,
  `${basename(target)}: ${describe(after)}; ${type} alone would be ${QUANTIZE_TYPES[type].bits}`,
];

const describe = ({ quantization = 'unknown', fileBytes = 0, bitsPerWeight = 0 }: ModelFacts): string =>
  `${quantization}, ${formatBytes(fileBytes)}, ${bitsPerWeight.toFixed(2)} bits per weight`;

const fallbacks = ({ fallbacks: fallen, type }: Quantized): string[] => {
  if (fallen.length === 0) return [];
  const kinds = new Map<string, number>();
  for (const { wanted, got, columns } of fallen) {
    const kind = `${wanted.toUpperCase()} became ${got.toUpperCase()} (rows of ${columns})`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const lines = [...kinds].map(([kind, count]) => `  ${count} x ${kind}`);
  return [
    `${fallen.length} tensors of ${type} are stored otherwise, because their rows are no whole blocks:`,
    ...lines,
  ];
};

const warnings = ({ before, after }: Quantized): string[] => {
  const was = before.quantization?.toLowerCase() ?? '';
  const isSecond = !['f32', 'f16', 'bf16'].includes(was);
  const isLarger = (after.fileBytes ?? 0) >= (before.fileBytes ?? 0);
  return [
    ...(isLarger ? ['! It is larger than its source.'] : []),
    ...(isSecond
      ? [`! Its source was quantised before (${before.quantization}): a file made from F16 weights answers better.`]
      : []),
  ];
};
