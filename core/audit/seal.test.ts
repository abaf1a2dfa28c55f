import { compactDecrypt, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { createOpener, createSeal, generateAuditorKeys } from './seal.ts';

const keys = async () => {
  const { privateKey, publicKey } = await generateAuditorKeys();
  return { privateText: JSON.stringify(privateKey), publicText: JSON.stringify(publicKey), privateKey };
};

describe('sealed content', () => {
  it('is opened by the auditor, and by any library that knows JWE', async () => {
    const { privateText, publicText, privateKey } = await keys();
    const sealed = await (await createSeal(publicText))('the prompt');
    expect(sealed).not.toContain('prompt');
    expect(await (await createOpener(privateText))(sealed)).toBe('the prompt');
    const { plaintext } = await compactDecrypt(sealed, await importJWK(privateKey, 'ECDH-ES'));
    expect(new TextDecoder().decode(plaintext)).toBe('the prompt');
  });

  it('looks different every time', async () => {
    const seal = await createSeal((await keys()).publicText);
    expect(await seal('same')).not.toBe(await seal('same'));
  });

  it('is refused with another key, and when it was changed', async () => {
    const { publicText, privateText } = await keys();
    const sealed = await (await createSeal(publicText))('the prompt');
    const other = await createOpener((await keys()).privateText);
    await expect(other(sealed)).rejects.toMatchObject({ code: 'ERR_AUDIT_CONTENT' });
    const changed = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`;
    await expect((await createOpener(privateText))(changed)).rejects.toMatchObject({ code: 'ERR_AUDIT_BROKEN' });
  });

  it('is never sealed by a machine that has the private key', async () => {
    const { privateText } = await keys();
    await expect(createSeal(privateText)).rejects.toMatchObject({ code: 'ERR_AUDIT_CONTENT' });
    await expect(createSeal('nonsense')).rejects.toMatchObject({ code: 'ERR_AUDIT_CONTENT' });
    await expect(createOpener('{}')).rejects.toMatchObject({ code: 'ERR_AUDIT_CONTENT' });
  });
});
