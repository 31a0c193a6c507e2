import type { Context } from '../context.ts';
import { KeypairError, type Outcome } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { homeShort } from '../paths.ts';
import { inTemporaryDirectory } from '../storage/fs.ts';
import { type Jump, type Login, sshCommand } from './command.ts';
import { connectTimeout, type LoggedRun, runLogged } from './logged-ssh.ts';

/**
 * Runs a shell script on a server, as the user of the login, with the user's own ssh: its configuration, host keys and
 * agent count, and the key of the login comes first. It asks nothing. A connection that is open already (ControlMaster)
 * is not used: it may be another key's.
 *
 * @param script POSIX sh; it must not read stdin, which it comes on.
 * @returns its exit status, and at most 64 KB of what it printed on stdout.
 * @throws KeypairError with outcome `none` if the script surely did not run: `NOT_FOUND` without ssh, `UNAVAILABLE` if the
 * server cannot be reached, `FAILURE` if its host key is not accepted, `AUTH` if it refuses the login, `USAGE` for a path
 * that ssh cannot be given. `UNAVAILABLE` with outcome `unknown` if the connection broke or took longer than it may.
 * `CANCELLED` with either.
 */
export async function runBySsh(
  context: Context,
  login: Login,
  { jump, timeoutMs }: { readonly jump: Jump | null; readonly timeoutMs: number },
  script: string,
): Promise<{ readonly exit: number; readonly output: string }> {
  const options = {
    BatchMode: 'yes',
    ConnectTimeout: String(connectTimeout(timeoutMs)),
    ControlMaster: 'no',
    ControlPath: 'none',
    RequestTTY: 'no',
    RemoteCommand: 'none',
    ClearAllForwardings: 'yes',
    PermitLocalCommand: 'no',
  };
  const args = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const [, ...words] = sshCommand(login, { jump, args: [...args, 'sh -s'], platform: context.platform });
  const run = await inTemporaryDirectory((directory) =>
    runLogged(context, words, { directory, timeoutMs, input: script }),
  );
  const told = run.log.some((line) => /^debug1: Exit status \d+$/.test(line));
  if (run.exit !== null && run.loggedIn && (told || run.exit !== 255)) return { exit: run.exit, output: run.stdout };
  throw failure(context, login, run);
}

function failure(context: Context, login: Login, run: LoggedRun): KeypairError {
  const { address, user, privateKeyPath } = login;
  const outcome: Outcome = run.loggedIn ? 'unknown' : 'none';
  if (run.stopped === 'interrupt') {
    const message = run.loggedIn ? t`cancelled while a script ran on ${address}` : t`cancelled: nothing was changed`;
    return new KeypairError('CANCELLED', message, { outcome });
  }
  if (run.loggedIn) {
    const lost =
      run.stopped === 'timeout' ? t`the script on ${address} took too long` : t`the connection to ${address} broke`;
    return new KeypairError('UNAVAILABLE', lost, { outcome });
  }
  const reason = run.reason === '' ? t`no answer in time` : run.reason;
  if (!run.reached)
    return new KeypairError('UNAVAILABLE', t`cannot reach ${address}: ${reason}`, {
      hints: [
        t`check that its security group or firewall lets this machine in, or go through another host with --jump`,
      ],
    });
  if (run.log.includes('Host key verification failed.'))
    return new KeypairError('FAILURE', t`ssh does not accept the host key of ${address}: ${reason}`, {
      hints: [t`if the key is right, log in once by hand and accept it`],
    });
  if (run.stopped === null && run.reason.includes('Permission denied'))
    return new KeypairError('AUTH', t`${address} refuses ${user} with ${homeShort(context.home, privateKeyPath)}`, {
      hints: [t`name the user with --user, and the private key that opens it with --key`],
    });
  return new KeypairError('UNAVAILABLE', t`no login to ${address}: ${reason}`);
}
