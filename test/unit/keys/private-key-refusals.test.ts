import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import type { KeyFormatReason } from '../../../src/keys/format-error.ts';
import { bytesOf, pem, pkcs1, refusal } from './altered-keys.ts';
import { VENDOR_PRIVATE_KEY, VENDOR_PUBLIC_KEY } from './vendor-example.ts';

describe('what is no private key', () => {
  const second = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({
    format: 'pem',
    type: 'pkcs1',
  });
  const lines = VENDOR_PRIVATE_KEY.split('\n');
  const vendor = createPublicKey(VENDOR_PRIVATE_KEY);
  const putty = 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: c\nPublic-Lines: 1\nAAAA';

  it.each<[KeyFormatReason, string, string]>([
    ['empty', 'nothing', ''],
    ['empty', 'blanks and a byte order mark', '\uFEFF \r\n\t\n'],
    ['not-a-private-key', 'the word null', 'null'],
    ['not-a-private-key', 'empty quotes', '""'],
    ['not-a-private-key', 'a sentence', 'the key has been deleted'],
    ['not-a-private-key', 'html', '<html><body>502 Bad Gateway</body></html>'],
    ['damaged', 'a masked key', 'MIIEpAIBAAKCAQEAtReyMzLIcBH78EV2zj****'],
    ['not-a-private-key', 'a certificate', pem('CERTIFICATE', Buffer.from('300030003000', 'hex'))],
    ['not-a-private-key', 'der of another kind', Buffer.from('3003020105', 'hex').toString('base64')],
    ['public-key', 'an openssh line', VENDOR_PUBLIC_KEY],
    ['public-key', 'its base64 alone', VENDOR_PUBLIC_KEY.split(' ')[1]!],
    ['public-key', 'spki', vendor.export({ format: 'pem', type: 'spki' }).toString()],
    ['public-key', 'bare spki', vendor.export({ format: 'der', type: 'spki' }).toString('base64')],
    ['public-key', 'pkcs1', vendor.export({ format: 'pem', type: 'pkcs1' }).toString()],
    ['public-key', 'bare pkcs1', vendor.export({ format: 'der', type: 'pkcs1' }).toString('base64')],
    ['public-key', 'rfc 4716', '---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----'],
    ['several-private-keys', 'two keys', `${VENDOR_PRIVATE_KEY}${second.toString()}`],
    ['several-private-keys', 'the same key twice', `${VENDOR_PRIVATE_KEY}${VENDOR_PRIVATE_KEY}`],
    ['damaged', 'two bare keys in a row', bytesOf(VENDOR_PRIVATE_KEY).toString('base64').repeat(2)],
    ['damaged', 'no first line', lines.slice(1).join('\n')],
    ['damaged', 'no last line', lines.slice(0, -2).join('\n')],
    ['damaged', 'a first line with a dash missing', VENDOR_PRIVATE_KEY.slice(1)],
    ['damaged', 'another last line', VENDOR_PRIVATE_KEY.replace('END RSA', 'END EC')],
    ['damaged', 'nothing between the lines', `${lines[0]!}\n${lines.at(-2)!}\n`],
    ['damaged', 'a line left out', [...lines.slice(0, 4), ...lines.slice(5)].join('\n')],
    [
      'damaged',
      'two lines exchanged',
      [...lines.slice(0, -4), lines.at(-3)!, lines.at(-4)!, ...lines.slice(-2)].join('\n'),
    ],
    ['damaged', 'a foreign character', VENDOR_PRIVATE_KEY.replace('AUzD', 'AU*D')],
    ['damaged', 'a bare key cut short', bytesOf(VENDOR_PRIVATE_KEY).subarray(0, -9).toString('base64')],
    [
      'damaged',
      'a bare key and more',
      Buffer.concat([bytesOf(VENDOR_PRIVATE_KEY), Buffer.from('x')]).toString('base64'),
    ],
    ['damaged', 'armoured nonsense', pem('RSA PRIVATE KEY', Buffer.from('nonsense'))],
    ['damaged', 'armoured der of another kind', pem('RSA PRIVATE KEY', Buffer.from('3003020105', 'hex'))],
    ['damaged', 'a megabyte', 'A'.repeat(1 << 20)],
    ['damaged', 'a key and a megabyte', VENDOR_PRIVATE_KEY + ' '.repeat(1 << 20)],
    ['putty', 'putty, with a passphrase', putty.replace('none', 'aes256-cbc')],
    ['damaged', 'putty, cut off', putty],
    [
      'unsupported',
      'ssh.com',
      '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA\n---- END SSH2 ENCRYPTED PRIVATE KEY ----',
    ],
  ])('%s: %s', (reason, _name, text) => {
    expect(refusal(text)).toBe(reason);
  });
});

describe('texts made to keep the machine busy', () => {
  const size = 64 * 1024;
  const first = '-----BEGIN RSA PRIVATE KEY-----';
  it.each([
    ['dashes', '-'.repeat(size)],
    ['first lines', first.repeat(size / first.length)],
    ['blanks in a first line', `-----BEGIN ${' '.repeat(size - 20)}`],
    ['quotes', `${'"'.repeat(size - 1)}*`],
    ['backslashes', `${'\\'.repeat(size - 1)}*`],
    ['padding', `A${'='.repeat(size - 2)}*`],
    ['base64', `${'A'.repeat(size - 1)}*`],
    ['a sequence of empty elements', Buffer.from(`308300bff8${'0500'.repeat(24000)}`, 'hex').toString('base64')],
    ['a sequence of many bytes', Buffer.from(`3083${'00'.repeat(49000)}`, 'hex').toString('base64')],
  ])('%s', (_name, text) => {
    const started = performance.now();
    expect(refusal(text.slice(0, size))).not.toBe('accepted');
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it.each([
    ['rsa with a modulus of 200,000 bits', { n: (1n << 199_999n) | 1n, e: 65537n }],
    ['rsa with a long exponent', { n: (1n << 2047n) | 1n, e: (1n << 2046n) | 1n }],
  ])('%s', (_name, { n, e }) => {
    const huge = (1n << 20_000n) | 1n;
    const started = performance.now();
    expect(refusal(pkcs1({ n, e, d: huge, p: huge, q: huge, dp: huge, dq: huge, qi: huge }))).toBe('unsupported');
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
