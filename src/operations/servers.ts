import type { Session } from '../cli/session.ts';
import type { Connections } from '../connection/connect.ts';
import { KeypairError } from '../errors.ts';
import type { LoginFlags } from './instance-login.ts';
import type { FoundInstances, PlacedInstance } from './instances.ts';
import type { Server, Via } from './server.ts';

/** The flags of commands that change the keys of running instances. */
export interface ServerFlags extends LoginFlags {
  readonly via?: 'auto' | Via;
  readonly jump?: string;
}

/** An instance whose keys can be changed while it runs, or why not. */
export type OpenedServer =
  { readonly server: Server } | { readonly placed: PlacedInstance; readonly error: KeypairError };

/** How to reach servers. */
interface ServerOptions {
  readonly flags: ServerFlags;
  /** Where jump hosts are looked for. */
  readonly found: FoundInstances;
  /** Whether `online` serves: it takes key pairs of the service only, and knows no end of life. */
  readonly online: boolean;
}

/** Finds the way to change the keys of each of these instances. */
export function openServers(
  _session: Session,
  _connections: Connections,
  placed: readonly PlacedInstance[],
  { flags: _flags }: ServerOptions,
): Promise<readonly OpenedServer[]> {
  const error = new KeypairError('USAGE', 'not yet');
  return Promise.resolve(placed.map((one) => ({ placed: one, error })));
}
