import type { Session } from '../cli/session.ts';
import type { Connection } from '../connection/connect.ts';
import { formatFacts, t } from '../i18n/t.ts';
import type { PublicKey } from '../keys/public-key.ts';
import type { KeyPairRef } from '../providers/types.ts';
import { printable } from '../sanitize.ts';
import type { Proof } from '../ssh/proof.ts';
import type { PlacedInstance } from './instances.ts';

/** A way to change the keys of a running instance. */
export type Via = 'online' | 'agent' | 'ssh';

/** A key to put on a server or to take off it. */
export interface ServerKey {
  readonly publicKey: PublicKey;
  /** The pair with this key in the instance's service; null if there is none. Only `online` needs it. */
  readonly pair: KeyPairRef | null;
}

/** What a server says of one key. */
export interface KeyOnServer {
  /** `disabled`: its line is there, but its options let nobody in. `unknown`: the service does not tell. */
  readonly presence: 'present' | 'disabled' | 'absent' | 'unknown';
  /** Other accounts that have the key; empty if they were not searched. */
  readonly otherUsers: readonly string[];
}

/** A running instance, and the way to change the keys of one of its accounts. */
export interface Server {
  readonly placed: PlacedInstance;
  readonly connection: Connection;
  readonly via: Via;
  /** Taken after `via`: for keys that the service has not bound. */
  readonly also?: Via;
  /** The account. */
  readonly user: string;
  /** With `ssh`: the private key that logs in. */
  readonly privateKeyPath?: string;

  /** Whether the key is there. Changes nothing. @throws KeypairError */
  look(publicKey: PublicKey): Promise<KeyOnServer>;

  /**
   * Puts a key on the server. If it is there, changes nothing. If the answer was lost, looks whether the key is there.
   *
   * @param lifetimeSeconds after which sshd no longer accepts the key; null: no limit.
   * @returns when the key expires, as the server wrote it, in the server's local time: `20261130120000`.
   * @throws KeypairError with outcome `none` if nothing was changed, `unknown` if the key may be there.
   */
  add(
    key: ServerKey,
    lifetimeSeconds: number | null,
  ): Promise<{ readonly changed: boolean; readonly expires: string | null }>;

  /** Takes a key off the server; otherwise as {@link Server.add}. */
  remove(key: ServerKey): Promise<{ readonly changed: boolean }>;

  /** Tries to log in as the account, with this private key alone. */
  prove(privateKeyPath: string, publicKey: PublicKey): Promise<Proof>;
}

const WAYS: Readonly<Record<Via, () => string>> = {
  online: () => t`through the service`,
  agent: () => t`through its agent`,
  ssh: () => t`through ssh`,
};

/** How a server is changed, for people: `through its agent, user root`. */
export function wayText({ via, also, user }: Pick<Server, 'via' | 'also' | 'user'>): string {
  const ways = [WAYS[via](), ...(also === undefined ? [] : [WAYS[also]()])];
  return formatFacts([...ways, t`user ${printable(user, 40)}`]);
}

/** What every server is made of. */
export interface ServerParts {
  readonly session: Session;
  readonly connection: Connection;
  readonly placed: PlacedInstance;
  readonly user: string;
  /** As {@link Server.prove}. @param hostKeys of the server, as it told them through a signed channel. */
  readonly prove: (privateKeyPath: string, publicKey: PublicKey, hostKeys: readonly string[]) => Promise<Proof>;
}
