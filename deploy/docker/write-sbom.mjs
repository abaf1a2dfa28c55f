import { readFileSync, writeFileSync } from 'node:fs';

/**
 * The bill of materials inside an image: what npm says of the packages that are in it, and beside them Node and the system
 * libraries. Equal images have equal ones: no serial number, and the time is that of the source.
 */

/**
 * @param {{
 *   npm: Record<string, any>, libraries: readonly { name: string, version: string }[], node: string, epochSeconds: number
 * }} parts
 */
export const composeSbom = ({ npm, libraries, node, epochSeconds }) => {
  const { serialNumber: _random, metadata, components, ...document } = npm;
  return {
    ...document,
    metadata: { ...metadata, timestamp: new Date(epochSeconds * 1000).toISOString() },
    components: [
      ...components,
      {
        'bom-ref': `node@${node}`,
        type: 'platform',
        name: 'node',
        version: node,
        purl: `pkg:github/nodejs/node@v${node}`,
      },
      ...libraries.map(({ name, version }) => ({
        ...{ 'bom-ref': `deb:${name}@${version}`, type: 'library', name, version },
        purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}`,
      })),
    ],
  };
};

/** `node write-sbom.mjs NPM_SBOM LIBRARIES EPOCH FILE`, run by the Node that the image holds. @param {readonly string[]} args */
const main = ([npmFile = '', librariesFile = '', epoch = '0', file = '']) => {
  const read = (/** @type {string} */ path) => JSON.parse(readFileSync(path, 'utf8'));
  const sbom = composeSbom({
    ...{ npm: read(npmFile), libraries: read(librariesFile) },
    ...{ node: process.versions.node, epochSeconds: Number(epoch) },
  });
  writeFileSync(file, `${JSON.stringify(sbom)}\n`);
};

if (import.meta.filename === process.argv[1]) main(process.argv.slice(2));
