import type { Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { withConnections } from '../connection/connect.ts';
import type { OpenSandbox } from '../connection/sandbox.ts';
import { ExitStatus, KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { isJumpHost, type Jump, type Login, sshCommand } from '../ssh/command.ts';
import { checkUser } from '../ssh/login-user.ts';
import { findProgram, runInTerminal } from '../ssh/program.ts';
import { askInstance, instanceNamed, type LoginFlags, loginTo, noInstance } from './instance-login.ts';
import { type FoundInstances, instanceServices, instancesOn, type PlacedInstance } from './instances.ts';
import { keysHere } from './local-keys.ts';

/** The flags of `ssh`. */
interface SshFlags extends LoginFlags {
  readonly jump?: string;
  readonly print?: boolean;
}

/** A login that is ready. */
interface ReadyLogin {
  readonly placed: PlacedInstance;
  readonly login: Login;
  /** The words of the command line; the first is `ssh`. */
  readonly command: readonly string[];
}

/**
 * Logs in to an instance: runs the user's ssh, which has the terminal until it ends.
 *
 * @param given id, name or address; null: ask.
 * @param args what follows the host on the command line of ssh.
 * @returns what would be run, with `--print`.
 * @throws ExitStatus with the exit status of ssh; KeypairError `USAGE`, `NOT_FOUND`, `CONFLICT`, `CANCELLED`.
 */
export async function sshTo(
  session: Session,
  given: string | null,
  args: readonly string[],
  flags: SshFlags,
): Promise<ReadyLogin> {
  const { context, settings } = session;
  if (settings.json && flags.print !== true)
    throw new KeypairError('USAGE', t`--json is for --print: stdout belongs to ssh`, {
      hints: [t`add --print, or leave out --json and KEYPAIR_JSON`],
    });
  if (flags.user !== undefined) checkUser(flags.user);
  if (settings.sandbox && flags.jump !== undefined)
    throw new KeypairError('USAGE', t`instances of the sandbox forward nothing: leave out --jump`);
  const services = await instanceServices(session, given === null ? ['INSTANCE'] : []);
  const program = flags.print === true ? null : findProgram(context, 'ssh');
  const local = await keysHere(session, keyDirectory(session, flags.keyDir));
  return withConnections(session, async (connections) => {
    const found = await instancesOn(session, connections, services, local);
    const placed = given === null ? await askInstance(session, found.instances) : instanceNamed(found, given);
    if (placed === null) throw noInstance(services.targets, given ?? '');
    const jump = flags.jump === undefined ? null : await jumpTo(session, found, flags.jump);
    const told = await loginTo(session, placed, flags, jump !== null);
    const login = program === null ? told : await sandboxLogin(await connections.sandbox(), placed, told);
    const command = sshCommand(login, { jump, args, platform: context.platform });
    if (program === null && settings.sandbox)
      session.info(t`nothing answers there: ${'keypair sandbox serve --ssh'} prints lines that log in`);
    if (program !== null) throw new ExitStatus(await runInTerminal(context, program, command.slice(1)));
    return { placed, login, command };
  });
}

/** A jump host: an instance with a login of its own, or a host for ssh to find. */
async function jumpTo(session: Session, found: FoundInstances, text: string): Promise<Jump> {
  const placed = instanceNamed(found, text);
  if (placed !== null) return { login: await loginTo(session, placed, {}, false) };
  if (isJumpHost(text)) return { host: text };
  throw new KeypairError('USAGE', t`--jump takes an instance, or [user@]host[:port]`);
}

/**
 * The login to an instance of the embedded sandbox, whose sshd listens on this machine.
 *
 * @param sandbox null: the instance is elsewhere, and the login stays as it is.
 * @throws KeypairError `NOT_FOUND` without sshd; `USAGE` if it lets nobody in.
 */
async function sandboxLogin(sandbox: OpenSandbox | null, placed: PlacedInstance, told: Login): Promise<Login> {
  if (sandbox === null) return told;
  const login = await sandbox.login(placed.region, placed.instance.id, told.user);
  const { address, port, user, knownHostsFile: file, hostKeyAlias: alias } = login;
  return { ...told, address, port, user, knownHosts: { file, alias } };
}
