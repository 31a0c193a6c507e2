import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The kinds of keys that OpenSSH makes, as arguments of ssh-keygen. */
export const KINDS = {
  'rsa 1024': ['-t', 'rsa', '-b', '1024'],
  'rsa 2048': ['-t', 'rsa', '-b', '2048'],
  'rsa 3072': ['-t', 'rsa', '-b', '3072'],
  'rsa 4096': ['-t', 'rsa', '-b', '4096'],
  ed25519: ['-t', 'ed25519'],
  'ecdsa 256': ['-t', 'ecdsa', '-b', '256'],
  'ecdsa 384': ['-t', 'ecdsa', '-b', '384'],
  'ecdsa 521': ['-t', 'ecdsa', '-b', '521'],
} as const;

export type Kind = keyof typeof KINDS;
export const KIND_NAMES = Object.keys(KINDS) as Kind[];

/** The containers, by the names of `ssh-keygen -m`. */
export const CONTAINERS = ['RFC4716', 'PEM', 'PKCS8'] as const;
export type Container = (typeof CONTAINERS)[number];

/** The real ssh-keygen (and openssl), working in a temporary directory of its own. */
export class Oracle {
  readonly directory = mkdtempSync(join(tmpdir(), 'keypair-keys-'));
  readonly #texts = new Map<string, string>();
  #count = 0;

  /** The output of a program, which must succeed. */
  run(program: string, ...args: readonly string[]): string {
    return execFileSync(program, args, {
      cwd: this.directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** A new file with mode 0600. */
  write(text: string): string {
    const file = join(this.directory, `file-${++this.#count}`);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  /** A private key of this kind in this container: one key a kind, converted by ssh-keygen. */
  privateKey(kind: Kind, container: Container): string {
    const made = this.#texts.get(`${kind} ${container}`);
    if (made !== undefined) return made;
    const original = join(this.directory, kind.replace(' ', '-'));
    if (!this.#texts.has(kind)) {
      this.run('ssh-keygen', '-q', '-N', '', '-C', 'someone@host, a note', ...KINDS[kind], '-f', original);
      this.#texts.set(kind, readFileSync(original, 'utf8'));
    }
    const copy = `${original}-${container}`;
    copyFileSync(original, copy);
    if (container !== 'RFC4716') this.run('ssh-keygen', '-q', '-p', '-P', '', '-N', '', '-m', container, '-f', copy);
    const text = readFileSync(copy, 'utf8');
    this.#texts.set(`${kind} ${container}`, text);
    return text;
  }

  /** The same under a passphrase. */
  encrypted(kind: Kind, container: Container): string {
    const file = this.write(this.privateKey(kind, container));
    this.run('ssh-keygen', '-q', '-p', '-P', '', '-N', 'a passphrase', '-m', container, '-f', file);
    return readFileSync(file, 'utf8');
  }

  /** What `ssh-keygen -y` says of a private key: its public line. */
  publicLine(privateKey: string): string {
    return this.run('ssh-keygen', '-y', '-P', '', '-f', this.write(privateKey)).trimEnd();
  }

  /** The fields of `ssh-keygen -l`: size and fingerprint. */
  fingerprint(publicLine: string, hash: string): { readonly bits: number; readonly value: string } {
    const [bits, value = ''] = this.run('ssh-keygen', '-l', '-E', hash, '-f', this.write(`${publicLine}\n`)).split(' ');
    return { bits: Number(bits), value };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}
