import { beforeEach, expect, it } from 'vitest';
import { startFilebeat } from './filebeat.ts';
import { missingParts } from './parts.ts';

const missing = await missingParts('filebeat');
beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});

it('tells the last words of a Filebeat that does not start', async () => {
  await expect(startFilebeat({ config: 'filebeat.inputs: []' })).rejects.toThrow(
    /^Filebeat ended with 1:.*no outputs/s,
  );
});
