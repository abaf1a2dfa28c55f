/** One accelerator of this machine. */
export interface Device {
  /** What `device` in the configuration names, and what its driver is told. */
  readonly uuid: string;
  readonly kind: 'cuda';
  readonly name: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** What a look at the accelerators found; a look that failed says nothing about what is there. */
export type DeviceReading =
  | { readonly kind: 'devices'; readonly devices: readonly Device[] }
  /** No driver, so no accelerator that could be named. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Lists the accelerators of this machine; never rejects. */
export interface DeviceSource {
  read(): Promise<DeviceReading>;
}
