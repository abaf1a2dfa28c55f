/** A drawing: its markup and its size in pixels. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly parts: readonly string[];
}

type Attributes = Readonly<Record<string, string | number>>;

/** Colours by what they stand for; the page may be light or dark. */
const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #1f2937 }
.title { font-weight: 600; font-size: 14px }
.small { font-size: 11px; fill: #6b7280 }
.paper { fill: #ffffff }
.axis { stroke: #d1d5db }
.bar-line { stroke: #dc2626; stroke-width: 2 }
.c0 { fill: #2563eb; stroke: #2563eb }
.c1 { fill: #9ca3af; stroke: #9ca3af }
.c2 { fill: #f59e0b; stroke: #f59e0b }
.line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #e5e7eb } .small { fill: #9ca3af } .paper { fill: #111827 } .axis { stroke: #374151 }
}
`.trim();

/** The whole file. */
export const svgFile = ({ width, height, parts }: Drawing, title: string): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    element('rect', { class: 'paper', width, height }),
    text({ x: 12, y: 22, class: 'title' }, title),
    ...parts,
    '</svg>',
    '',
  ].join('\n');

export const element = (name: string, attributes: Attributes): string => `<${name}${attributesText(attributes)}/>`;

export const text = (attributes: Attributes, content: string): string =>
  `<text${attributesText(attributes)}>${escaped(content)}</text>`;

export const line = (from: readonly [number, number], to: readonly [number, number], name = 'axis'): string =>
  element('line', { class: name, x1: from[0], y1: from[1], x2: to[0], y2: to[1] });

const attributesText = (attributes: Attributes): string =>
  Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${typeof value === 'number' ? Number(value.toFixed(1)) : escaped(value)}"`)
    .join('');

const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A position on the paper for each value. */
export type Scale = (value: number) => number;

export const linearScale = (values: readonly [number, number], places: readonly [number, number]): Scale => {
  const [from, to] = values;
  const [start, end] = places;
  return (value) => start + ((value - from) / (to - from || 1)) * (end - start);
};

/** About so many round numbers from 0, or below the least value, up to at least the greatest. */
export const roundTicks = (least: number, greatest: number, count = 5): number[] => {
  const rough = (greatest - least) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const first = Math.floor(least / step);
  const last = Math.ceil(greatest / step);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
};
