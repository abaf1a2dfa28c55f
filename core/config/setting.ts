import { z } from 'zod';

/** A setting with its help; `live`: an edit applies within a second. */
export const setting = <T extends z.ZodType>(schema: T, description: string, live = false): T =>
  schema.meta({ description, ...(live ? { live: true } : {}) }) as T;
/** As many as a timer takes. */
export const milliseconds = (min = 0) => z.int().min(min).max(2_147_483_647);
/** A size. */
export const bytes = (min = 1) => z.int().min(min);
/** A network. */
export const cidr = z
  .union([z.cidrv4(), z.cidrv6()])
  .meta({ expected: 'a network in CIDR form such as 192.168.0.0/16 or fd00::/8' });
/** What users name models, keys and places. */
export const name = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._:/-]{0,127}$/)
  .meta({ expected: 'a name of 1 to 128 letters, digits and . _ : / - that starts with a letter or digit' });
/** Scheme, host and port of a page. */
export const origin = z
  .string()
  .regex(/^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?$/)
  .meta({ expected: 'an origin such as https://app.example.org, in lower case, without path and without *' });
/** A hash in hexadecimal digits. */
export const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ expected: '64 lower-case hexadecimal digits' });
/** A file, relative to the configuration file. */
export const path = z.string().min(1).meta({ file: true, expected: 'the path of a file' });
/** A URL that nobody on the way reads. */
export const httpsUrl = z.url({ protocol: /^https$/ }).meta({ expected: 'an https URL' });
