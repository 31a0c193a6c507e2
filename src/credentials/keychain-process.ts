import { existsSync, readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import path from 'node:path';
import type * as Keytar from 'keytar';

// A process of its own, started by keychain.ts. A call into a locked keychain may not come back, and cannot be given
// up: Node waits for it even in process.exit(). A process can be ended, and takes the program with it in no crash.

/** What is asked of the keychain: one line of JSON on stdin, then its end. */
export interface KeychainRequest {
  readonly act: 'get' | 'set' | 'remove';
  readonly service: string;
  readonly account: string;
  /** For `set`. */
  readonly value?: string;
}

/**
 * What it answered, as JSON on stdout. `value` is null where there is no such entry. `load`: keytar, or what keytar
 * needs, is not there; `message` then is that of the loader; for `call` it is that of the keychain: not sanitised.
 */
export type KeychainAnswer =
  { readonly value: string | null } | { readonly failed: 'load' | 'call'; readonly message: string };

// Without a listener this signal starts Node's debugger, which anybody on this machine can talk to.
process.on('SIGUSR1', () => undefined);

answer(JSON.parse(readFileSync(0, 'utf8')) as KeychainRequest).then(
  (reply) => {
    tell(reply);
  },
  (error: unknown) => {
    tell({ failed: 'call', message: messageOf(error) });
  },
);

async function answer({ act, service, account, value }: KeychainRequest): Promise<KeychainAnswer> {
  let keytar;
  try {
    keytar = loadKeytar();
  } catch (error) {
    return { failed: 'load', message: messageOf(error) };
  }
  if (act === 'get') return { value: await keytar.getPassword(service, account) };
  // libsecret says of a locked keyring that there is nothing to remove; that it cannot write there, it does say.
  await keytar.setPassword(service, account, value ?? '-');
  if (act === 'remove') await keytar.deletePassword(service, account);
  return { value: null };
}

/**
 * keytar of this program's own installation: from its own `node_modules`, or from the `node_modules` that holds the
 * program itself. By its name alone Node would look in every directory above, where others may put one of theirs.
 */
function loadKeytar(): typeof Keytar {
  const load = createRequire(import.meta.filename);
  const program = path.dirname(import.meta.dirname);
  const beside = path.dirname(program);
  const homes = [path.join(program, 'node_modules'), ...(path.basename(beside) === 'node_modules' ? [beside] : [])];
  const directory = homes.map((home) => path.join(home, 'keytar')).find((found) => existsSync(found));
  if (directory === undefined) throw new Error("Cannot find package 'keytar'");
  try {
    return load(directory) as typeof Keytar;
  } catch (error) {
    // keytar swallows what the system's loader said of its binary: it is asked again.
    load(path.join(directory, 'prebuilds', `${platform()}-${arch()}`, 'keytar.node'));
    throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function tell(reply: KeychainAnswer): void {
  writeSync(1, JSON.stringify(reply));
}
