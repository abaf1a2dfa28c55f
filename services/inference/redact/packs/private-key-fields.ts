import type { LabelRule } from '../rules/rule.ts';
import { looksRandom } from './label-values.ts';

/** Private members of keys in JSON (RFC 7517) and in the XML of .NET. */
export const privateKeyFields: LabelRule = {
  kind: 'label',
  id: 'secrets.private-key-fields',
  label: 'PRIVATE_KEY',
  finds: 'Private members of JSON web keys (`"d"`, `"p"`, `"k"` and others), and of keys in XML (`<D>`, `<InverseQ>`).',
  why: 'forty or more random characters, and nothing else, in a member of such a name',
  examples: {
    found: [
      '{"kty":"EC","d":"SmPuUuhfT9A14iYV15gRZu7kMhzsWdaFcpBVCepcZ2T"}',
      '<D>SmPuUuhfT9A14iYV15gRZu7kMhzsWdaFcpBVCepcZ2TSmPuUuhfT9A14iYV15gRZu7k=</D>',
    ],
    left: [
      '{"d":"2024-05-01"}',
      '<p>Some text in a paragraph',
      '{"kty":"EC","x":"SmPuUuhfT9A14iYV15gRZu7kMhzsWdaFcpBVCepcZ2T"}',
    ],
  },
  labels: ['"d', '"p', '"q', '"dp', '"dq', '"qi', '"k', '<d', '<p', '<q', '<dp', '<dq', '<inverseq'],
  bareLabels: [],
  stop: /[<"'\s]/,
  maxLength: 1600,
  enough: /[\s"\\]{0,4}(?:[A-Za-z0-9_+/=-]{0,1600}[^A-Za-z0-9_+/=\s"\\-]|[A-Za-z0-9_+/=-]{1,1600}[\s"\\])/y,
  value: /[\s"\\]{0,4}(?<value>[A-Za-z0-9_+/-]{40,1600}={0,2})(?=["<\\]|$)/y,
  refuse: (value) =>
    looksRandom(value, 40) && /[A-Z]/.test(value) && /[a-z]/.test(value) ? undefined : 'no random value',
  partial: () => '',
  runsOn: /[A-Za-z0-9_+/=-]/,
};
