import { defaultKeyDirectory, expandPath } from '../config/paths.ts';
import type { Session } from '../session.ts';

/** The key directory: `--key-dir`, else KEYPAIR_KEY_DIR, else the profile's, else `~/.ssh`. Absolute. */
export function keyDirectory({ context, settings }: Session, flag: string | undefined): string {
  const directory = flag ?? settings.keyDir;
  return directory === null ? defaultKeyDirectory(context) : expandPath(directory, context);
}
