import path from 'node:path';
import type { createSandbox } from '../../sandbox/server.ts';
import type { countKeyPairs } from '../../sandbox/file-repository.ts';
import type { Login, SshError } from '../../sandbox/ssh.ts';
import type { CertificateError } from '../../sandbox/tls.ts';
import type { Context } from '../context.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { CredentialSource } from '../providers/credentials.ts';
import { findDescriptor } from '../providers/registry.ts';
import { stateDirectory } from '../paths.ts';
import { Secret } from '../secret.ts';
import { errorCode } from '../storage/fs.ts';

/** The loaded stand-in cloud. Only this module loads it, when it is used. */
export type Sandbox = ReturnType<typeof createSandbox>;

/** A stand-in cloud that listens in this process. */
export interface OpenSandbox {
  readonly port: number;
  readonly credentials: CredentialSource;
  /**
   * Lets the system's sshd listen for an account of an instance, if it does not yet, until the sandbox closes. sshd lets
   * in the keys of the account's authorized_keys, where the service places the bound key pairs, as the returned user. It
   * refuses connections to an instance that does not run.
   *
   * @param account default: the account that the service binds key pairs for. One that the instance does not have lets
   * nobody in.
   * @throws KeypairError `NOT_FOUND` without sshd; `USAGE` if it would not let anybody in.
   */
  login(region: string, instanceId: string, account?: string): Promise<Login>;
  /** Ends the logins, too. */
  close(): Promise<void>;
}

/** The directory with the state of the stand-in cloud. */
export function sandboxDirectory(context: Context): string {
  return path.join(stateDirectory(context), 'sandbox');
}

/**
 * Loads the stand-in cloud with its state.
 *
 * @param options its credentials, whether its instances can be logged in to and run scripts, whether it has limits and TLS.
 */
export async function loadSandbox(
  context: Context,
  options: Omit<Parameters<typeof createSandbox>[0], 'stateDir'> = {},
): Promise<Sandbox> {
  const server = await import('../../sandbox/server.ts');
  return server.createSandbox({ stateDir: sandboxDirectory(context), ...options });
}

/** The number of key pairs in the stand-in cloud, by service and region. */
export async function countSandboxKeyPairs(context: Context): ReturnType<typeof countKeyPairs> {
  const state = await import('../../sandbox/file-repository.ts');
  return state.countKeyPairs(sandboxDirectory(context));
}

/** Starts the stand-in cloud in this process on a free port. */
export async function openSandbox(context: Context): Promise<OpenSandbox> {
  // Other users of this machine reach the port, and know the public credentials: with runCommands it has its own.
  const sandbox = await loadSandbox(context, { runCommands: true });
  const listening = await sandbox.listen();
  const { secretId, secretKey } = sandbox.credentials;
  const source = 'sandbox';
  const key = { id: secretId, secret: new Secret(secretKey), token: null, source, expiresAt: null };
  return {
    port: listening.port,
    login: async (region, instanceId, account) => {
      try {
        return await sandbox.login(region, instanceId, account);
      } catch (error) {
        throw sandboxError(context, error, 'NOT_FOUND');
      }
    },
    close: () => listening.close(),
    credentials: { source, current: () => Promise.resolve(key) },
  };
}

/** An instance of the stand-in cloud that can be logged in to. */
export interface SandboxInstance extends Login {
  readonly provider: string;
  readonly region: string;
  readonly id: string;
  readonly name: string;
}

/** The services of the stand-in cloud that have instances. The retired gateway has those of `tencent`. */
const SERVICES = { tencent: 'cvm', lighthouse: 'lighthouse', aliyun: 'ecs', swas: 'swas' } as const;

/**
 * Opens logins to the instances with a public address, in the default region of each service.
 *
 * @throws KeypairError `USAGE` if sshd is missing or would not let anybody in.
 */
export async function openSandboxInstances(context: Context, sandbox: Sandbox): Promise<readonly SandboxInstance[]> {
  try {
    const lists = await Promise.all(
      Object.entries(SERVICES).map(async ([provider, service]) => {
        const region = findDescriptor(provider).defaultRegion;
        return (await sandbox.logins(service, region)).map((one) => ({ provider, region, ...one }));
      }),
    );
    return lists.flat();
  } catch (error) {
    throw sandboxError(context, error, 'USAGE');
  }
}

function isSshError(error: unknown): error is SshError {
  return error instanceof Error && error.name === 'SshError';
}

function isCertificateError(error: unknown): error is CertificateError {
  return error instanceof Error && error.name === 'CertificateError';
}

/**
 * The error for one that opening a stand-in cloud or its logins threw.
 *
 * @param withoutSshd the code if this machine has no sshd.
 */
export function sandboxError(context: Context, error: unknown, withoutSshd: 'NOT_FOUND' | 'USAGE'): unknown {
  if (isCertificateError(error)) {
    const missing = error.reason === 'no-openssl';
    return new KeypairError(
      'USAGE',
      missing ? t`--tls needs openssl, which is not installed` : t`openssl makes no certificate: ${error.detail}`,
      {
        hints: [
          missing
            ? t`install it: apt install openssl, dnf install openssl, apk add openssl`
            : t`see what is wrong with the installed openssl`,
        ],
        cause: error,
      },
    );
  }
  if (!isSshError(error)) {
    const code = errorCode(error);
    if (code === null) return error;
    const hints = [t`set XDG_STATE_HOME to a directory that you may write in`];
    return new KeypairError('USAGE', t`cannot write in ${sandboxDirectory(context)} (${code})`, {
      hints,
      cause: error,
    });
  }
  const { reason, detail } = error;
  const texts: Readonly<Record<typeof reason, readonly [message: string, hint: string]>> = {
    'no-sshd': [
      t`the instances of the stand-in cloud need sshd, which is not installed`,
      t`install it: apt install openssh-server, dnf install openssh-server, apk add openssh-server`,
    ],
    user: [
      detail === '' ? t`this user has no name in the system's database` : t`sshd lets in no user called ${detail}`,
      t`run it as another user`,
    ],
    shell: [t`sshd lets nobody in whose login shell is ${detail}`, t`run it as another user`],
    path: [
      t`the path of the stand-in cloud has characters that sshd cannot take: ${detail}`,
      t`set XDG_STATE_HOME to a directory with letters, digits and spaces in its path`,
    ],
    refused: [t`sshd does not start: ${detail}`, t`see what is wrong with the installed OpenSSH`],
  };
  const [message, hint] = texts[reason];
  return new KeypairError(reason === 'no-sshd' ? withoutSshd : 'USAGE', message, { hints: [hint], cause: error });
}
