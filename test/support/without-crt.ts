import type { KeyObject } from 'node:crypto';

/** An RSA key in PKCS#1 with zeros in the place of the three numbers that follow from the rest. */
export function withoutCrt(rsa: KeyObject): string {
  const der = rsa.export({ format: 'der', type: 'pkcs1' });
  // A head of four bytes; the version; then integers.
  let at = 4;
  const parts: Buffer[] = [];
  while (at < der.length) {
    const long = der[at + 1] === 0x82;
    const size =
      der[at + 1] === 0x81 ? 3 + (der[at + 2] ?? 0) : long ? 4 + der.readUInt16BE(at + 2) : 2 + (der[at + 1] ?? 0);
    parts.push(der.subarray(at, at + size));
    at += size;
  }
  const inner = Buffer.concat([...parts.slice(0, 6), ...Array.from({ length: 3 }, () => Buffer.from([2, 1, 0]))]);
  const head = Buffer.from([0x30, 0x82, inner.length >> 8, inner.length & 0xff]);
  const base64 = Buffer.concat([head, inner]).toString('base64').replaceAll(/.{64}/g, '$&\n');
  return `-----BEGIN RSA PRIVATE KEY-----\n${base64}\n-----END RSA PRIVATE KEY-----\n`;
}
