/** One cell of what nvidia-smi prints. */
export type Cell =
  | { readonly kind: 'value'; readonly text: string }
  /** The device or its driver has no such thing, or does not tell us. */
  | { readonly kind: 'absent' }
  /** The device was asked and is sick: no reason to believe that there is nothing. */
  | { readonly kind: 'fault'; readonly text: string };

const ABSENT =
  /^(|-|\[?n\/?a\]?|\[?not supported\]?|\[?not available\]?|\[?not found\]?|\[insufficient permissions\]|\[requested functionality has been deprecated\])$/i;
const FAULT = /^\[?(unknown error|err!|gpu is lost|gpu requires (a )?reset|gpu requires restart|timeout)\]?$/i;

/** Tells a value from nothing and from a fault; `[N/A]` comes with and without brackets. */
export const readCell = (raw: string): Cell => {
  const text = raw.trim();
  if (ABSENT.test(text)) return { kind: 'absent' };
  if (FAULT.test(text)) return { kind: 'fault', text: text.replace(/^\[|\]$/g, '') };
  // Words in brackets that a later driver may bring are no values either.
  return /^\[.*\]$/.test(text) ? { kind: 'absent' } : { kind: 'value', text };
};

/** The number in a cell, whether or not its unit stands behind it; undefined for anything else. */
export const numberIn = (text: string): number | undefined => {
  const found = /^(-?\d+(?:\.\d+)?)(?:\s+[A-Za-z%/]+)?$/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

/** The bits in a cell such as `0x0000000000000004`. */
export const bitsIn = (text: string): number | undefined => (/^0x[0-9a-f]+$/i.test(text) ? Number(text) : undefined);
