import { describe, expect, it } from 'vitest';
import { chooseFields, fieldsInHelp } from './fields.ts';

const NEW = `List of valid properties to query for the switch "--query-gpu":

"uuid" or "gpu_uuid"
This value is the globally unique immutable alphanumeric identifier of the GPU.

"clocks_event_reasons.active" or "clocks_throttle_reasons.active"
Bitmask of active clock event reasons. "Active" means that clocks run slower.

"name" or "gpu_name"
The official product name of the GPU.
`;

describe('the fields of a driver', () => {
  it('are those of its help, in every spelling, and no words of the text', () => {
    expect([...fieldsInHelp(NEW)].sort()).toEqual([
      'clocks_event_reasons.active',
      'clocks_throttle_reasons.active',
      'gpu_name',
      'gpu_uuid',
      'name',
      'uuid',
    ]);
  });

  it('are asked for by the newest name that it knows', () => {
    expect(chooseFields(fieldsInHelp(NEW)).names).toContain('clocks_event_reasons.active');
    const old = chooseFields(new Set(['uuid', 'clocks_throttle_reasons.active', 'name']));
    expect(old.names).toEqual(['uuid', 'clocks_throttle_reasons.active', 'name']);
  });

  it('end with the name, which alone may hold a comma', () => {
    expect(chooseFields(undefined).names.at(-1)).toBe('name');
  });

  it('leave out what the driver does not know instead of failing the whole query', () => {
    expect(chooseFields(undefined).names).not.toContain('gpu_recovery_action');
  });
});
