import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';

/** Everything that ssh is told about a login. */
export interface Login {
  /** An IP address, or of the sandbox's sshd. */
  readonly address: string;
  /** Null: the port of the user's configuration, or 22. */
  readonly port: number | null;
  readonly user: string;
  /** The absolute path of the private key. */
  readonly privateKeyPath: string;
  /** A file of host keys in place of the user's, and the name to look up in it; null: the user's. */
  readonly knownHosts: { readonly file: string; readonly alias: string } | null;
}

/** The way to an instance: a host that ssh finds by itself, or a login of its own. */
export type Jump = { readonly host: string } | { readonly login: Login };

/**
 * The command line that logs in, its first word `ssh`. Nothing in it needs a shell, and only `args` can be options that
 * are not listed here. The user's configuration counts for everything else: host keys, agent, jump hosts.
 *
 * @param args what follows the host, as given: options, a command, or both.
 * @throws KeypairError `USAGE` for a path that ssh cannot be given.
 */
export function sshCommand(
  login: Login,
  {
    jump = null,
    args = [],
    platform,
  }: { readonly jump?: Jump | null; readonly args?: readonly string[]; readonly platform: string },
): readonly string[] {
  const { address, port, user, privateKeyPath, knownHosts } = login;
  return [
    'ssh',
    ...identity(privateKeyPath),
    '-o',
    'IdentitiesOnly=yes',
    ...(knownHosts === null
      ? []
      : ['-o', `UserKnownHostsFile=${configPath(knownHosts.file)}`, '-o', `HostKeyAlias=${knownHosts.alias}`]),
    ...(port === null || port === 22 ? [] : ['-p', String(port)]),
    ...(jump === null ? [] : jumpOptions(jump, platform)),
    // No `--` before it: after that, ssh would take all that follows the host as a command. An address has no hyphen.
    `${user}@${address}`,
    ...args,
  ];
}

/** `-i` takes a path as it is, but ssh expands `%` in it later, and does not find the file if the `%` is doubled. */
function identity(file: string): readonly string[] {
  const quoted = configPath(file);
  return file.includes('%') ? ['-o', `IdentityFile=${quoted}`] : ['-i', file];
}

function jumpOptions(jump: Jump, platform: string): readonly string[] {
  return 'host' in jump ? ['-J', jump.host] : ['-o', `ProxyCommand=${proxyCommand(jump, platform)}`];
}

/**
 * The command that connects through a jump host, for `ProxyCommand`. Unlike `-J`, it leaves ssh its usual configuration
 * for the jump host, whatever configuration the login itself has.
 *
 * @throws KeypairError as {@link sshCommand}.
 */
export function proxyCommand(jump: Jump, platform: string): string {
  const words = 'host' in jump ? jumpCommand(jump.host) : sshCommand(jump.login, { platform });
  // ssh gives the command to the user's shell, after it has expanded %h and %p.
  const [program = '', ...rest] = words.map((word) => quotedFor(platform, word).replaceAll('%', '%%'));
  return [program, '-W', quotedFor(platform, '[%h]:%p'), ...rest].join(' ');
}

/** The command line for a host of `-J`, as ssh makes it: the hosts before it are those of its own `-J`. */
function jumpCommand(hosts: string): readonly string[] {
  const hops = hosts.split(',');
  const [, user, host = '', port] = /^(?:(.+)@)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(hops.pop() ?? '') ?? [];
  return [
    'ssh',
    ...(hops.length === 0 ? [] : ['-J', hops.join(',')]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', port]),
    '--',
    host.replace(/^\[|\]$/g, ''),
  ];
}

/** A word for a POSIX shell, or for that of Windows, whose paths have no quotation marks. */
function quotedFor(platform: string, word: string): string {
  if (/^[\w./:@=+-]+$/.test(word)) return word;
  return platform === 'win32' ? `"${word.replaceAll('"', '')}"` : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command line that people can copy into a POSIX shell. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => quotedFor('linux', word)).join(' ');
}

/**
 * A path as a value of ssh_config(5): quoted, with `%` doubled. A path of Windows gets slashes, which ssh takes as well: a
 * backslash may be an escape.
 *
 * @throws KeypairError `USAGE` for a path that cannot be written there: with a quotation mark, a backslash, a control
 * character, or `${`, which ssh expands and cannot escape.
 */
export function configPath(file: string): string {
  const shown = /^[A-Za-z]:\\/.test(file) ? file.replaceAll('\\', '/') : file;
  if (/["\\\p{Cc}]|\$\{/u.test(shown))
    throw new KeypairError('USAGE', t`ssh cannot be given the file ${printable(file)}`, {
      hints: [t`move it to a path without quotation marks, backslashes, control characters and ${'${'}`],
    });
  return `"${shown.replaceAll('%', '%%')}"`;
}

/**
 * Whether a text is a jump host for `ssh -J`: one or more of `[user@]host[:port]`, with commas. It is no option, and
 * nothing in it means anything to a shell.
 */
export function isJumpHost(text: string): boolean {
  return text.split(',').every((hop) => /^(?:\w[\w.+-]*@)?(?:\w[\w.-]*|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(hop));
}
