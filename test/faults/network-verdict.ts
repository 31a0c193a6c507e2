import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parsePrivateKey } from '../../src/keys/private-key.ts';
import { Secret } from '../../src/secret.ts';
import type { KeyPair } from '../../src/providers/types.ts';
import type { Run } from '../support/program.ts';

/** What a run has left on this machine. */
export interface Leftovers {
  /** Files of the key directory that have contents, by name. */
  readonly keyFiles: readonly string[];
  /** Temporary files, in the key directory or rescued, as whole paths. */
  readonly temporary: readonly string[];
  readonly journal: readonly string[];
}

/** Looks at a home directory. */
export function leftovers(home: string): Leftovers {
  const keys = path.join(home, '.ssh');
  const state = path.join(home, '.local/state/keypair');
  const names = filesIn(keys);
  const temporary = names.filter((name) => name.startsWith('.')).map((name) => path.join(keys, name));
  const rescued = filesIn(path.join(state, 'rescued')).map((name) => path.join(state, 'rescued', name));
  return {
    keyFiles: names.filter((name) => !name.startsWith('.')),
    temporary: [...temporary, ...rescued],
    journal: filesIn(path.join(state, 'journal')),
  };
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** All that is known after a run. */
export interface Evidence {
  readonly run: Run;
  readonly name: string;
  readonly home: string;
  /** The pairs of that name in the cloud. */
  readonly cloud: readonly KeyPair[];
  /** Whether all requests were befallen: then the program cannot know what is true. */
  readonly blind: boolean;
  /** Pieces of the private keys that the service handed out, whole, and that arrived here as they were. */
  readonly arrived: readonly string[];
  /** Texts that nobody may see: keys of ours, and private keys that came. */
  readonly secrets: readonly string[];
}

const EXITS: ReadonlySet<unknown> = new Set([0, 1, 2, 3, 4, 5, 6, 7, 130]);

/** What holds for every run of every command: what is wrong with this one, one line each. */
export function wrongAnyhow({ run, secrets, home }: Evidence): readonly string[] {
  const wrong: string[] = [];
  const said = run.stdout + run.stderr;
  if (!EXITS.has(run.exit)) wrong.push(`exit ${run.exit ?? 'null'}`);
  // Columns of a piped list are apart by tabs.
  if (/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(run.stdout.replaceAll('\t', '') + run.stderr))
    wrong.push('a control character is shown');
  if (/^\s+at /m.test(run.stderr) || run.stderr.includes('unexpected error')) wrong.push('a crash is shown');
  if (run.exit !== 0 && run.exit !== 130 && run.stderr === '') wrong.push('not a word about the failure');
  if (secrets.some((secret) => said.includes(secret))) wrong.push('a secret is shown');
  for (const file of leftovers(home).temporary) {
    if (!said.includes(file)) wrong.push(`${path.basename(file)} is left and not named`);
    if ((statSync(file).mode & 0o777) !== 0o600) wrong.push(`${path.basename(file)} is not 0600`);
  }
  return wrong;
}

/** What is wrong with a run of `create`. */
export function wrongCreate(evidence: Evidence): readonly string[] {
  const { run, name, home, cloud, blind } = evidence;
  const left = leftovers(home);
  const wrong = [...wrongAnyhow(evidence)];
  if (cloud.length > 1) wrong.push(`${cloud.length} pairs were made`);
  if (run.exit === 0) {
    if (left.keyFiles.join() !== `${name},${name}.pub`) wrong.push(`files: ${left.keyFiles.join()}`);
    else wrong.push(...wrongKey(path.join(home, '.ssh', name), cloud[0] ?? null));
    if (left.temporary.length > 0) wrong.push('a temporary file is left');
    if (left.journal.length > 0) wrong.push('the journal is open');
    return wrong;
  }
  if (run.exit !== 7) {
    if (cloud.length > 0 && !(run.exit === 130 && left.keyFiles.length === 2)) {
      wrong.push('it says that nothing was changed, and the pair is in the cloud');
    }
    if (run.exit === 130 && cloud.length > 0) return wrong;
    if (left.keyFiles.length + left.temporary.length > 0) wrong.push('files are left');
    if (left.journal.length > 0) wrong.push('the journal is open');
    return wrong;
  }
  const fates = {
    none: run.stderr.includes('exists now; the request may still be carried out'),
    there: run.stderr.includes('exists now (') || run.stderr.includes('belongs to an older pair'),
    unknown: run.stderr.includes('cannot tell whether'),
    kept: left.temporary.length > 0 || left.keyFiles.length > 0,
  };
  const told = Object.values(fates).filter(Boolean).length;
  if (told !== 1) wrong.push(`${told} fates are told: ${JSON.stringify(fates)}`);
  if (fates.none && cloud.length > 0) wrong.push('"not there", and the pair is in the cloud');
  if (fates.there && cloud.length === 0) wrong.push('"there", and there is no pair in the cloud');
  if (/not created|is lost/.test(run.stderr)) wrong.push('it claims what nobody can know');
  if (fates.unknown && !blind) wrong.push('"cannot tell" where it could have been told');
  const kept = left.temporary.map(keyText);
  const gone = evidence.arrived.filter((piece) => !kept.some((text) => text.includes(piece)));
  if (gone.length > 0 && left.keyFiles.length === 0) wrong.push('a private key arrived and is not kept');
  if (fates.none && left.journal.length === 0) wrong.push('the request may still come, and the journal is closed');
  return wrong;
}

/** A kept answer as one line, also when it was kept as base64. */
function keyText(file: string): string {
  const text = readFileSync(file, 'latin1');
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('latin1') : text;
  return oneLine(`${text}${bytes}`);
}

/** Without line ends, real and escaped, and without NULs. */
export function oneLine(text: string): string {
  return text.replace(/\\[nr]|[\n\r\0]/g, '');
}

/** What is wrong with the published key. */
function wrongKey(file: string, pair: KeyPair | null): readonly string[] {
  if (pair === null) return ['exit 0, and there is no pair in the cloud'];
  const wrong: string[] = [];
  if ((statSync(file).mode & 0o777) !== 0o600) wrong.push('the private key is not 0600');
  const key = parsePrivateKey(new Secret(readFileSync(file, 'utf8')));
  const line = `${key.publicKey.algorithm} ${key.publicKey.blob.toString('base64')}`;
  if (!readFileSync(`${file}.pub`, 'utf8').startsWith(line)) wrong.push('the .pub is of another key');
  if (pair.publicKey !== null && !pair.publicKey.startsWith(line)) wrong.push('the cloud has another key');
  return wrong;
}

/** What is wrong with a run of `import`. */
export function wrongImport(evidence: Evidence): readonly string[] {
  const { run, cloud, blind } = evidence;
  const wrong = [...wrongAnyhow(evidence)];
  if (cloud.length > 1) wrong.push(`${cloud.length} pairs were made`);
  if (run.exit === 0 && cloud.length === 0) wrong.push('exit 0, and there is no pair in the cloud');
  if (run.exit !== 0 && run.exit !== 7 && run.exit !== 130 && cloud.length > 0) {
    wrong.push('it says that nothing was changed, and the pair is in the cloud');
  }
  if (run.exit === 7) {
    const none = run.stderr.includes('exists now');
    const unknown = run.stderr.includes('cannot tell whether');
    if (none === unknown) wrong.push('no fate is told, or two');
    if (none && cloud.length > 0) wrong.push('"not there", and the pair is in the cloud');
    if (unknown && !blind) wrong.push('"cannot tell" where it could have been told');
  }
  return wrong;
}

/** What is wrong with a run of `delete` of a pair that was there. */
export function wrongDelete(evidence: Evidence): readonly string[] {
  const { run, cloud } = evidence;
  const wrong = [...wrongAnyhow(evidence)];
  if (run.exit === 0 && cloud.length > 0) wrong.push('exit 0, and the pair is still there');
  if (run.exit !== 0 && run.exit !== 7 && run.exit !== 130 && cloud.length === 0) {
    wrong.push('it says that nothing was changed, and the pair is gone');
  }
  return wrong;
}

/** What is wrong with a run of `show` of a pair that is there. */
export function wrongShow(evidence: Evidence): readonly string[] {
  const wrong = [...wrongAnyhow(evidence)];
  if (evidence.run.exit === 7) wrong.push('exit 7 of a command that changes nothing');
  if (evidence.cloud.length !== 1) wrong.push('the pair is gone');
  return wrong;
}
