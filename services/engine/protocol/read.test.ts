import { describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION } from './messages.ts';
import { readCommand, readMessage } from './read.ts';

describe('readCommand', () => {
  it('takes known commands as they are', () => {
    const cancel = { type: 'cancel', id: 0 };
    expect(readCommand(cancel)).toBe(cancel);
    expect(readCommand({ type: 'start', spec: { version: PROTOCOL_VERSION } }).type).toBe('start');
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'generate'],
    ['no type', {}],
    ['an unknown type', { type: 'dance' }],
    ['the name of a built-in', { type: 'constructor' }],
    ['a start without a specification', { type: 'start' }],
    ['work without an id', { type: 'generate', request: {} }],
    ['a negative id', { type: 'cancel', id: -1 }],
    ['a broken id', { type: 'compute', id: 1.5 }],
  ])('refuses %s', (_, value) => {
    expect(() => readCommand(value)).toThrow(/engine channel|protocol version/);
  });

  it('refuses another protocol version with both numbers', () => {
    expect(() => readCommand({ type: 'start', spec: { version: 99 } })).toThrow(
      `spec.version: expected protocol version ${PROTOCOL_VERSION}, got 99`,
    );
  });
});

describe('readMessage', () => {
  it('takes a message of known events as it is', () => {
    const message = { version: PROTOCOL_VERSION, events: [{ type: 'heartbeat', beats: 1, active: 0 }] };
    expect(readMessage(message)).toBe(message);
  });

  it.each([
    ['nothing', undefined],
    ['another version', { version: 'one', events: [] }],
    ['no list', { version: PROTOCOL_VERSION, events: 'garbage' }],
    ['an unknown event', { version: PROTOCOL_VERSION, events: [{ type: 'dance' }] }],
    ['an event that is no object', { version: PROTOCOL_VERSION, events: [7] }],
  ])('refuses %s', (_, value) => {
    expect(() => readMessage(value)).toThrow(/engine channel|protocol version/);
  });

  it('never quotes what arrived beyond the name of its type', () => {
    const secret = { version: PROTOCOL_VERSION, events: [{ type: 'x'.repeat(500), text: 'a prompt' }] };
    expect(() => readMessage(secret)).toThrow(/^(?!.*a prompt).{0,120}$/);
  });
});
