import { formatFacts } from '../../i18n/t.ts';
import { fingerprintDialects, matchFingerprint, sha256Fingerprint } from '../../keys/fingerprint.ts';
import { findDescriptor } from '../../providers/registry.ts';
import type { KeyPair } from '../../providers/types.ts';
import { printable } from '../../sanitize.ts';
import type { Intent } from '../../storage/intent.ts';
import { readSmallFile } from '../../storage/key-directory.ts';
import { readPublicKey } from '../key-pair-record.ts';

/**
 * Whether a pair's id was in a response to our own request, according to the entry or a saved response. A name and a
 * time prove nothing: another machine may have created a pair with that name at that time.
 *
 * @param kept files with responses that contain no usable key.
 */
export async function hasOurId(
  { id }: KeyPair,
  { pairId, provider }: Intent,
  kept: readonly string[],
): Promise<boolean> {
  if (id === null) return false;
  if (id === pairId) return true;
  if (!findDescriptor(provider).isId(id)) return false;
  for (const file of kept) {
    const reading = await readSmallFile(file);
    if (reading === null || reading === 'unreadable') continue;
    if (idOfMade(reading.text.reveal().replaceAll('\0', '')) === id) return true;
  }
  return false;
}

/** The JSON paths of the new pair's id in a response to CreateKeyPair: API 3.0, and v2 of the old gateway. */
const ID_PLACES = ['Response.KeyPair.KeyId', 'data.keyId', 'detail.keyId', 'keyId'];

/** What a successful response to a create never contains: an error or a list. */
const OTHERWISE = /"(?:Error|KeyPairSet|KeyPairs|sshSet)"\s*:|"code"\s*:\s*"?[^\s"0]/;

/**
 * The id of the new pair in a response to CreateKeyPair, even a truncated one. Null if the response contains another id
 * too, since a text may quote anything.
 */
function idOfMade(answer: string): string | null {
  if (OTHERWISE.test(answer)) return null;
  const told: { readonly place: string; readonly id: string }[] = [];
  const open: string[] = [];
  let key = '';
  let last = '';
  let isValue = false;
  for (const [token, text] of answer.slice(answer.indexOf('{')).matchAll(/"((?:[^"\\]|\\.)*)"|[{}[\]:,]/gs)) {
    if (text !== undefined) {
      last = text;
      const place = [...open.slice(1), key].join('.');
      if (isValue && /^key(?:pair)?id$/i.test(key)) told.push({ place, id: text });
    } else if (token === ':') {
      key = last;
    } else if (token === '{' || token === '[') {
      open.push(key);
      key = '';
    } else if (token !== ',') {
      key = open.pop() ?? '';
    }
    isValue = token === ':';
  }
  const [only, ...more] = told;
  return only !== undefined && more.length === 0 && ID_PLACES.includes(only.place) ? only.id : null;
}

/**
 * Whether a pair was created before our request, even if the clocks differ as much as the service allows. Such a pair
 * is not ours. The time alone never proves that a pair is ours.
 */
export function isOlder({ createdAt }: KeyPair, { provider, startedAt }: Intent): boolean {
  const made = createdAt === null ? NaN : Date.parse(createdAt);
  // Alibaba returns times in whole minutes.
  return made < Date.parse(startedAt) - findDescriptor(provider).signatureValidMs - 60_000;
}

/** The time until which the service may carry out an intent's request. After that, the signature is invalid. */
export function requestEnds({ provider, startedAt, latestMs }: Intent): Date {
  return new Date(Date.parse(startedAt) + latestMs + findDescriptor(provider).signatureValidMs);
}

/** A time for people, safe to print: `2026-11-21 10:07:30 UTC`. */
export function utcText(moment: Date): string {
  return `${moment.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Whether a user's text is this pair's id or its fingerprint in any format. */
export function isNamedBy(pair: KeyPair, text: string): boolean {
  if (pair.id === text) return true;
  const key = readPublicKey(pair.publicKey);
  if (key !== null && matchFingerprint(text, fingerprintDialects(key)) !== null) return true;
  return (
    pair.fingerprint !== null && matchFingerprint(text, [{ id: 'sha1', title: '', value: pair.fingerprint }]) !== null
  );
}

/** A pair's id, else a fingerprint, for a command line; null if the service returns neither. */
export function idOrFingerprint({ id, publicKey, fingerprint }: KeyPair): string | null {
  if (id !== null) return printable(id, 100);
  const key = readPublicKey(publicKey);
  if (key !== null) return sha256Fingerprint(key);
  return fingerprint === null ? null : printable(fingerprint, 100);
}

/** What distinguishes a pair from others with its name, safe to print: `skey-1, 2026-11-21T10:00:00Z`. */
export function factsOf(pair: KeyPair): string {
  const facts = [idOrFingerprint(pair), pair.createdAt === null ? null : printable(pair.createdAt, 40)];
  return formatFacts(facts.filter((fact) => fact !== null));
}
