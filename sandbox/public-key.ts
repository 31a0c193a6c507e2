/** An OpenSSH public key line, taken apart. */
export interface PublicLine {
  readonly type: string;
  readonly blob: Buffer;
}

/** How many fields follow the type in a blob: RFC 4253 section 6.6 (RSA: e, n; DSS: p, q, g, y), RFC 5656 section 3.1. */
const FIELDS: Readonly<Record<string, number>> = {
  'ssh-rsa': 2,
  'ssh-dss': 4,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
};

/**
 * Reads `type base64 [comment]`.
 *
 * @returns null when it is more than one line, of another type (Ed25519 too: no service takes it), or when the
 * blob does not hold exactly what its type says.
 */
export function parsePublicLine(text: string): PublicLine | null {
  const match = /^(\S+) ([A-Za-z0-9+/]+={0,2})(?: [^\r\n]*)?$/.exec(text.trim());
  const type = match?.[1] ?? '';
  const base64 = match?.[2] ?? '';
  const fields = Object.hasOwn(FIELDS, type) ? FIELDS[type] : undefined;
  const blob = Buffer.from(base64, 'base64');
  if (fields === undefined || blob.toString('base64') !== base64) return null;
  const parts = split(blob);
  if (parts?.length !== fields + 1 || parts.some((part) => part.length === 0)) return null;
  return parts[0]?.toString() === type ? { type, blob } : null;
}

/** Splits RFC 4251 `string`s; null when they do not fill the bytes exactly. */
function split(bytes: Buffer): Buffer[] | null {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return null;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return null;
    parts.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return parts;
}
