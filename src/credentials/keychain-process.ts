import { existsSync, lstatSync, readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import path from 'node:path';
import type * as Keytar from 'keytar';

// keychain.ts runs this as a process of its own. A call to a locked keychain may never return, and cannot be cancelled:
// Node waits for it even in process.exit(). A process can be killed, and its crash does not end the program.

/** A request: one line of JSON on stdin, then end of file. */
export interface KeychainRequest {
  readonly act: 'get' | 'set' | 'remove';
  readonly service: string;
  readonly account: string;
  /** For `set`. */
  readonly value?: string;
}

/**
 * The answer, as JSON on stdout. `value` is null if there is no such entry. `load`: keytar, or a library that it needs,
 * is missing; `message` is the loader's. `call`: the call failed; `message` is the keychain's. Messages are not
 * sanitised.
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
  // On a locked keyring libsecret reports nothing to remove, but a failed write: so write first.
  await keytar.setPassword(service, account, value ?? '-');
  if (act === 'remove') await keytar.deletePassword(service, account);
  return { value: null };
}

/**
 * Loads keytar from this program's own installation: from its `node_modules`, or from the `node_modules` that holds the
 * program. By name alone Node would search every directory above, where others may put their own keytar.
 */
function loadKeytar(): typeof Keytar {
  const load = createRequire(import.meta.filename);
  // In an executable (scripts/binary.js) this file is the executable.
  if (import.meta.filename === process.execPath) return load(libraryBeside(process.execPath)) as typeof Keytar;
  const program = path.dirname(import.meta.dirname);
  const beside = path.dirname(program);
  const homes = [path.join(program, 'node_modules'), ...(path.basename(beside) === 'node_modules' ? [beside] : [])];
  const directory = homes.map((home) => path.join(home, 'keytar')).find((found) => existsSync(found));
  if (directory === undefined) throw new Error("Cannot find package 'keytar'");
  try {
    return load(directory) as typeof Keytar;
  } catch (error) {
    // keytar hides the system loader's error for its binary: load the binary again to get it.
    load(path.join(directory, 'prebuilds', `${platform()}-${arch()}`, 'keytar.node'));
    throw error;
  }
}

/** keytar's library beside the executable. It must have the same owner: in a directory like /tmp others may put theirs. */
function libraryBeside(executable: string): string {
  const file = path.join(path.dirname(executable), 'keytar.node');
  if (!existsSync(file)) throw new Error(`Cannot find ${file}`);
  if (lstatSync(file).uid !== lstatSync(executable).uid)
    throw new Error(`${file} has another owner than ${executable}`);
  return file;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function tell(reply: KeychainAnswer): void {
  writeSync(1, JSON.stringify(reply));
}
