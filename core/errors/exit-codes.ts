/** `sysexits.h` codes our processes and the command line end with. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 64,
  unavailable: 69,
  internal: 70,
  cannotCreate: 73,
  config: 78,
} as const;
