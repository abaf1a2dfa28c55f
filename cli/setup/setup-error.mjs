/** A set-up step that failed in a known way: its message is all that the user needs, a stack would only bury it. */
export class SetupError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'SetupError';
  }
}
