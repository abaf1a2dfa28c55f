import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSbom, summariseLicences } from './sbom.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** `npm run sbom [-- FILE]`: writes the bill of materials and says what licences are in it. */
const main = ([file = 'reports/sbom.cdx.json']: readonly string[]): void => {
  const sbom = createSbom(ROOT);
  const target = resolve(ROOT, file);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${JSON.stringify(sbom, null, 2)}\n`);
  console.log(`${sbom.components.length} components written to ${target} (CycloneDX ${sbom.specVersion}, JSON)`);
  for (const [licence, count] of summariseLicences(sbom)) console.log(`${String(count).padStart(5)}  ${licence}`);
};

if (import.meta.main) main(process.argv.slice(2));
