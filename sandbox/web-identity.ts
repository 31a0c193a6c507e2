/** What a web identity token claims about who bears it. */
export interface Claims {
  readonly subject: string;
  readonly issuer: string;
  readonly audience: string;
}

/**
 * Reads an OIDC token: three parts, the middle one JSON with `exp` in the future. The signature is not looked at,
 * since the sandbox has no identity provider whose keys it could fetch.
 */
export function readWebIdentity(token: string, now: Date): Claims | 'malformed' | 'expired' {
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every((part) => /^[A-Za-z0-9_-]+$/.test(part))) return 'malformed';
  const payload = parse(Buffer.from(parts[1] ?? '', 'base64url').toString());
  if (payload === null || typeof payload['exp'] !== 'number') return 'malformed';
  if (payload['exp'] * 1000 <= now.getTime()) return 'expired';
  const claim = (name: string): string => {
    const value = payload[name];
    return typeof value === 'string' ? value : JSON.stringify(value ?? '');
  };
  return { subject: claim('sub'), issuer: claim('iss'), audience: claim('aud') };
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
