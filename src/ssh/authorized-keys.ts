import { decodeBase64 } from '../keys/pem.ts';
import { publicKeyIn, type PublicKey } from '../keys/public-key.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { AUTHORIZED_KEYS_SCRIPT } from './authorized-keys-script.ts';
import { checkUser } from './login-user.ts';

/**
 * What the script does on a server.
 *
 * `look` may run as root, and looks at any account. `add` and `remove` run as the account itself. `files` are the
 * absolute paths that a look by root told; null: the usual two in `~/.ssh`. `add` writes to the first.
 */
export type KeysTask = { readonly user: string; readonly publicKey: PublicKey } & (
  | { readonly op: 'look'; readonly allUsers: boolean }
  /** `lifetimeSeconds` null: for good. */
  | { readonly op: 'add'; readonly files: readonly string[] | null; readonly lifetimeSeconds: number | null }
  | { readonly op: 'remove'; readonly files: readonly string[] | null }
);

const RESULTS = ['looked', 'added', 'removed', 'unchanged', 'refused'] as const;

const REFUSALS = [
  // The account.
  'no-user',
  'other-user',
  'no-home',
  // Keys come from elsewhere: AuthorizedKeysCommand, ~/.ssh/authorized_keys.d, AuthorizedKeysFile none.
  'keys-command',
  'keys-directory',
  'no-file',
  // The file or its directory.
  'link',
  'not-own',
  'not-writable',
  'not-text',
  'too-large',
  'attributes',
  'changed-meanwhile',
  // The server.
  'too-many-accounts',
  'no-clock',
  'no-tools',
] as const;

/** Why the script changed nothing, or cannot tell. */
export type KeysRefusal = (typeof REFUSALS)[number];

const PRESENCES = ['present', 'disabled', 'absent', 'unreadable'] as const;

/** What the script answers. */
export interface KeysAnswer {
  readonly result: (typeof RESULTS)[number];
  /** Only with `refused`. A look tells the accounts nevertheless. */
  readonly refusal: KeysRefusal | null;
  /** The file or directory that the refusal or the change is about. */
  readonly path: string | null;
  /** First `user`, after the change; with allUsers, then every other account that has the key. */
  readonly accounts: readonly KeysAccount[];
  /** Whether `sshd -T -C` told the files. */
  readonly askedSshd: boolean;
  /** Public host keys, `ssh-ed25519 AAAA…`. */
  readonly hostKeys: readonly string[];
  /** When the line of `user` ends: the server's local time, `YYYYMMDDHHMMSS`. Null: never, or there is no line. */
  readonly expires: string | null;
}

/** One account of a server. */
export interface KeysAccount {
  readonly user: string;
  /**
   * - `present`: a line lets the key in, as far as a file can tell.
   * - `disabled`: there are lines, and sshd skips all of them (expired, `cert-authority`, `principals=`), or one with
   *   `command=` comes first.
   * - `unreadable`: a file cannot be read, is too large or no text, and none of the others has a line that counts.
   */
  readonly presence: (typeof PRESENCES)[number];
  /** Absolute paths. Of `user`: all that sshd reads; of others: those with the key. */
  readonly files: readonly string[];
}

/** Alibaba's agent takes 24 KB in base64. */
const MOST_BYTES = 12 * 1024;

/**
 * The shell script for a task: the arguments, each a word without a special character, and the program.
 *
 * @param marker begins each line of the answer: letters and digits, new each time.
 * @returns at most 12 KB.
 * @throws KeypairError `USAGE` for a user name that is none, or if the key and the paths are too long.
 */
export function keysScript(task: KeysTask, marker: string): string {
  checkUser(task.user);
  if (!isMarker(marker)) throw new Error('a marker has 8 to 40 letters and digits');
  const { algorithm, blob, comment } = task.publicKey;
  const files = task.op === 'look' ? null : task.files;
  const words = {
    m: marker,
    op: task.op,
    user: task.user,
    type: algorithm,
    blob: blob.toString('base64'),
    comment: comment.replace(/[^\w.@+-]+/g, '-').slice(0, 64),
    // Empty is not null: sshd reads no file.
    files: files === null ? '' : files.map(octal).join('_') || '-',
    life: task.op === 'add' ? String(task.lifetimeSeconds ?? '') : '',
    all: task.op === 'look' && task.allUsers ? '1' : '',
  };
  for (const word of Object.values(words)) if (!/^[\w.@+/=-]*$/.test(word)) throw new Error('no plain word');
  const assignments = Object.entries(words).map(([name, word]) => `${name}=${word}`);
  const script = `${assignments.join('\n')}${compact(AUTHORIZED_KEYS_SCRIPT)}`;
  if (script.length <= MOST_BYTES) return script;
  throw new KeypairError('USAGE', t`the key and the paths of the server's files are too long for a script`);
}

/** Without comments and indentation. No text in it needs its indentation. */
function compact(script: string): string {
  return script.replace(/^ *(?:#.*\n)?/gm, '').replace(/\n{2,}/g, '\n');
}

/**
 * Reads the answer of {@link keysScript} in what a server printed, which may be anything.
 *
 * @returns null without one whole and correct answer.
 */
export function readKeysAnswer(output: string, marker: string): KeysAnswer | null {
  if (!isMarker(marker) || output.length > 1 << 20) return null;
  const lines = output
    .split(/\r?\n/)
    .filter((line) => line.startsWith(`${marker} `))
    .map((line) => line.slice(marker.length + 1));
  const [first = '', ...rest] = lines;
  if (rest.pop() !== 'end') return null;
  const accounts: KeysAccount[] = [];
  const hostKeys: string[] = [];
  for (const line of rest) {
    const account = readAccount(line);
    const [, hostKey] = /^host ([a-z][\w@.-]{2,63} [A-Za-z0-9+/=]{16,3000})$/.exec(line) ?? [];
    if (account !== null) accounts.push(account);
    else if (hostKey === undefined) return null;
    // A newer server may have keys of types that are not known here.
    else if (isHostKey(hostKey)) hostKeys.push(hostKey);
  }
  const [, result, refusal, path, asked, expires] =
    /^result (\S+) (\S+) ([0-7]+|-) ([01]) (\d{14}|-)$/.exec(first) ?? [];
  const answer = {
    result: RESULTS.find((one) => one === result),
    refusal: refusal === '-' ? null : REFUSALS.find((one) => one === refusal),
    path: path === '-' ? null : readPath(path ?? ''),
  };
  if (answer.result === undefined || answer.refusal === undefined || answer.path === undefined) return null;
  if ((answer.refusal !== null) !== (answer.result === 'refused')) return null;
  if (answer.refusal === null && accounts.length === 0) return null;
  return {
    result: answer.result,
    refusal: answer.refusal,
    path: answer.path,
    accounts,
    askedSshd: asked === '1',
    hostKeys,
    expires: expires === '-' ? null : (expires ?? null),
  };
}

function readAccount(line: string): KeysAccount | null {
  const [, name, shown, rest = ''] = /^account ([0-7]+) ([a-z]+)((?: [0-7]+){0,8}) ?$/.exec(line) ?? [];
  const user = fromOctal(name ?? '');
  const presence = PRESENCES.find((one) => one === shown);
  const files = rest.split(' ').slice(1).map(readPath);
  if (user === null || user.length > 256 || presence === undefined) return null;
  const paths = files.filter((file) => file !== undefined);
  return paths.length === files.length ? { user, presence, files: paths } : null;
}

function isHostKey(text: string): boolean {
  const [algorithm, base64 = ''] = text.split(' ');
  try {
    const blob = decodeBase64(base64);
    return blob !== null && publicKeyIn(blob, '').algorithm === algorithm;
  } catch {
    return false;
  }
}

/** The longest path of a server's file, in UTF-16 units. */
const LONGEST_PATH = 255;

/** @returns undefined if it is no absolute path. */
function readPath(text: string): string | undefined {
  const path = fromOctal(text);
  return path !== null && path.startsWith('/') && path.length <= LONGEST_PATH ? path : undefined;
}

/** Each byte as three octal digits. */
function octal(text: string): string {
  return [...Buffer.from(text)].map((byte) => byte.toString(8).padStart(3, '0')).join('');
}

/** @returns null if it is not UTF-8 without control characters. */
function fromOctal(digits: string): string | null {
  if (!/^(?:[0-3][0-7]{2})+$/.test(digits)) return null;
  const bytes = (digits.match(/.../g) ?? []).map((byte) => parseInt(byte, 8));
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes));
    return /\p{Cc}/u.test(text) ? null : text;
  } catch {
    return null;
  }
}

function isMarker(text: string): boolean {
  return /^[A-Za-z0-9]{8,40}$/.test(text);
}
