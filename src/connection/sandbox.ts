import path from 'node:path';
import type { createSandbox } from '../../sandbox/server.ts';
import type { countKeyPairs } from '../../sandbox/file-repository.ts';
import type { Context } from '../context.ts';
import type { CredentialSource } from '../providers/credentials.ts';
import { stateDirectory } from '../paths.ts';
import { Secret } from '../secret.ts';

/** The loaded stand-in cloud. Only this module loads it, when it is used. */
export type Sandbox = ReturnType<typeof createSandbox>;

/** A stand-in cloud that listens in this process. */
export interface OpenSandbox {
  readonly port: number;
  readonly credentials: CredentialSource;
  close(): Promise<void>;
}

/** The directory with the state of the stand-in cloud. */
export function sandboxDirectory(context: Context): string {
  return path.join(stateDirectory(context), 'sandbox');
}

/** Loads the stand-in cloud with its state. */
export async function loadSandbox(context: Context): Promise<Sandbox> {
  const server = await import('../../sandbox/server.ts');
  return server.createSandbox({ stateDir: sandboxDirectory(context) });
}

/** The number of key pairs in the stand-in cloud, by service and region. */
export async function countSandboxKeyPairs(context: Context): ReturnType<typeof countKeyPairs> {
  const state = await import('../../sandbox/file-repository.ts');
  return state.countKeyPairs(sandboxDirectory(context));
}

/** Starts the stand-in cloud in this process on a free port. */
export async function openSandbox(context: Context): Promise<OpenSandbox> {
  const sandbox = await loadSandbox(context);
  const listening = await sandbox.listen();
  const { secretId, secretKey } = sandbox.credentials;
  const source = 'sandbox';
  const key = { id: secretId, secret: new Secret(secretKey), token: null, source, expiresAt: null };
  return {
    port: listening.port,
    close: () => listening.close(),
    credentials: { source, current: () => Promise.resolve(key) },
  };
}
