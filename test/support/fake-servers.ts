import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { KeypairError } from '../../src/errors.ts';
import { inspectPrivateKey } from '../../src/keys/ssh-reads.ts';
import type { PublicKey } from '../../src/keys/public-key.ts';
import type { RotateMeans } from '../../src/operations/rotate/work.ts';
import type { Server } from '../../src/operations/server.ts';
import { Secret } from '../../src/secret.ts';

/** What a fake server is asked for. */
export type Asked = 'look' | 'add' | 'remove' | 'prove';

/** Servers that are only their lists of keys. Also stopped instances answer, unless `closed` has them. */
export class FakeServers {
  /** The keys of each instance, in base64. */
  readonly keys = new Map<string, Set<string>>();
  /** Instances that cannot be reached. */
  readonly closed = new Set<string>();
  /** All that was asked for, in order. */
  readonly asked: string[] = [];
  /** Called before and after each act: what it throws is the server's answer. */
  disturb: (id: string, what: Asked, when: 'before' | 'after') => void = () => undefined;

  readonly means: RotateMeans = {
    pause: () => {
      this.asked.push('pause');
      return Promise.resolve();
    },
    open: (_session, connections, placed, { flags }) =>
      Promise.all(
        placed.map(async (one) => {
          const { id } = one.instance;
          if (this.closed.has(id)) return { placed: one, error: new KeypairError('CONFLICT', `${id} is not running`) };
          const connection = await connections.connect(one.target);
          const keys = this.keys.get(id) ?? new Set();
          this.keys.set(id, keys);
          const act = <T>(what: Asked, does: () => T): Promise<T> => {
            this.asked.push(`${what} ${id}`);
            this.disturb(id, what, 'before');
            const done = does();
            this.disturb(id, what, 'after');
            return Promise.resolve(done);
          };
          const server: Server = {
            placed: one,
            connection,
            via: flags.via === undefined || flags.via === 'auto' ? 'agent' : flags.via,
            user: flags.user ?? 'root',
            look: (key) =>
              act('look', () => ({ presence: keys.has(textOf(key)) ? 'present' : 'absent', otherUsers: [] })),
            add: ({ publicKey }) => act('add', () => ({ changed: !!keys.add(textOf(publicKey)), expires: null })),
            remove: ({ publicKey }) => act('remove', () => ({ changed: keys.delete(textOf(publicKey)) })),
            prove: (file) => act('prove', () => ({ result: keys.has(keyOf(file) ?? '') ? 'accepted' : 'refused' })),
          };
          return { server };
        }),
      ),
  };

  /** Ids of the instances that no private key below these directories opens. */
  lockedOut(...directories: readonly string[]): readonly string[] {
    const here = directories.flatMap(filesBelow).map(keyOf);
    return [...this.keys].filter(([, keys]) => !here.some((key) => key !== null && keys.has(key))).map(([id]) => id);
  }
}

function textOf({ blob }: PublicKey): string {
  return blob.toString('base64');
}

/** The public key of a private key file, in base64; null if it is none. */
export function keyOf(file: string): string | null {
  const key = inspectPrivateKey(new Secret(readFileSync(file, 'utf8')))?.publicKey ?? null;
  return key === null ? null : textOf(key);
}

/** All files below a directory. */
export function filesBelow(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(directory, name))
      .filter((file) => statSync(file).isFile());
  } catch {
    return [];
  }
}
