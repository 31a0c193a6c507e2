import { readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';

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
    keytar = await import('keytar');
  } catch (error) {
    return { failed: 'load', message: whyNotLoaded(error) };
  }
  if (act === 'get') return { value: await keytar.getPassword(service, account) };
  // libsecret says of a locked keyring that there is nothing to remove; that it cannot write there, it does say.
  await keytar.setPassword(service, account, value ?? '-');
  if (act === 'remove') await keytar.deletePassword(service, account);
  return { value: null };
}

/** keytar swallows what the system's loader said of its binary: it is asked again. */
function whyNotLoaded(error: unknown): string {
  const load = createRequire(import.meta.filename);
  try {
    load.resolve('keytar');
    load(`keytar/prebuilds/${platform()}-${arch()}/keytar.node`);
  } catch (reason) {
    return messageOf(reason);
  }
  return messageOf(error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function tell(reply: KeychainAnswer): void {
  writeSync(1, JSON.stringify(reply));
}
