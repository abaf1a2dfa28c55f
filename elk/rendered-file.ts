import { stringify } from 'yaml';

/** One file that `clawdbot elk render` writes. */
export interface RenderedFile {
  /** Below the folder that is rendered into, as `filebeat/direct.yml`. */
  readonly file: string;
  readonly text: string;
}

/** What a shipper fills in from its keystore or the environment when it starts. */
export const variable = (name: string, fallback?: string): string =>
  fallback === undefined ? `\${${name}}` : `\${${name}:${fallback}}`;

/** A YAML file, with what it is for and where it comes from above it. */
export const yamlFile = (file: string, about: string, source: string, value: unknown): RenderedFile => ({
  file,
  text: `# ${about}\n# Rendered from ${source} by \`clawdbot elk render\`; do not edit.\n${stringify(value, { lineWidth: 0 })}`,
});
