import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { KeypairError } from '../errors.ts';
import { t, withLabel } from '../i18n/t.ts';
import { sha256Fingerprint } from '../keys/fingerprint.ts';
import { formatPublicKey, type PublicKey } from '../keys/public-key.ts';
import type { Secret } from '../secret.ts';
import { inTemporaryDirectory } from '../storage/fs.ts';
import { addKeyToAgent } from './agent.ts';
import { configPath, type Jump, type Login, proxyCommand } from './command.ts';
import { connectTimeout, type LoggedRun, runLogged } from './logged-ssh.ts';
import { findProgram } from './program.ts';
import { resolveHost } from './resolve.ts';

/**
 * What a login with one key has shown.
 *
 * - `accepted`: the server took exactly this key, and the login succeeded with it. A line with `command=` counts, too:
 *   whether a key opens a shell is told by authorized_keys.
 * - `refused`: the server was reached, takes public keys, was offered this one, and refused it.
 * - `unreachable`: no SSH server answered. `unclear`: it did, and neither of the two is shown.
 */
export type Proof =
  | { readonly result: 'accepted' }
  | { readonly result: 'refused' }
  | {
      readonly result: 'unreachable' | 'unclear';
      /** In words, for people. */
      readonly why: string;
    };

/** How to prove a login. */
export interface ProofOptions {
  /** Null: that of the user's configuration, if it has one. */
  readonly jump: Jump | null;
  /** The public half of the private key. */
  readonly publicKey: PublicKey;
  /** Public host keys that are known from elsewhere, `ssh-ed25519 AAAA…`, besides those in known_hosts. */
  readonly hostKeys: readonly string[];
  readonly timeoutMs: number;
  /** The private key without a passphrase. Without it, a key file that has a passphrase can only be refused. */
  readonly privateKey?: Secret;
}

/**
 * Tries to log in with one key and no other, and runs `true`.
 *
 * ssh gets a configuration of its own: how to get there as `ssh -G` tells it for the user's configuration, and none of
 * its keys, certificates, agents, open connections (ControlMaster), forwardings and commands. With any of these a login
 * may succeed that this key does not open. `-o IdentityFile=` would not do: ssh adds the files of the configuration to it.
 * What counts is the fingerprint in ssh's own log, in the line of the key that the server accepts.
 *
 * A host key is accepted if it is in known_hosts or in `hostKeys`. If neither `hostKeys` nor the login has any, an
 * unknown one is accepted only if the user's StrictHostKeyChecking says so, as by `accept-new`.
 *
 * @throws KeypairError `NOT_FOUND` without ssh, `CANCELLED`, `USAGE` for a path that ssh cannot be given.
 */
export async function proveLogin(context: Context, login: Login, options: ProofOptions): Promise<Proof> {
  const { privateKey, publicKey, timeoutMs } = options;
  const end = AbortSignal.timeout(timeoutMs);
  const ends = context.now().getTime() + timeoutMs;
  return inTemporaryDirectory(async (directory) => {
    const way = await wayTo(context, login, options.jump, end);
    if (way === null) return { result: 'unclear', why: t`ssh cannot read its configuration for ${login.address}` };
    const file = (name: string): string => path.join(directory, name);
    await writeFile(file('known_hosts'), options.hostKeys.map((key) => `* ${key}\n`).join(''), { mode: 0o600 });
    await writeFile(file('key.pub'), `${formatPublicKey(publicKey, '')}\n`, { mode: 0o600 });
    const agent = privateKey === undefined ? null : await privateAgent(context, file('agent'), privateKey, timeoutMs);
    try {
      const config = [
        'BatchMode yes',
        'PreferredAuthentications publickey',
        'IdentitiesOnly yes',
        `IdentityAgent ${agent === null ? 'none' : configPath(agent.socket)}`,
        `IdentityFile ${configPath(agent === null ? await besidePublic(login.privateKeyPath, file('key')) : file('key.pub'))}`,
        // Named, so that ssh does not look for one beside the key.
        `CertificateFile ${context.platform === 'win32' ? 'NUL' : '/dev/null'}`,
        `ConnectTimeout ${connectTimeout(timeoutMs)}`,
        'UpdateHostKeys no',
        ...hostKeyLines(login, way, options.hostKeys.length > 0 ? file('known_hosts') : null),
        ...way.lines,
      ];
      await writeFile(file('config'), config.map((line) => `${line}\n`).join(''), { mode: 0o600 });
      const args = ['-F', file('config'), '-T', `${login.user}@${login.address}`, 'true'];
      const left = Math.max(0, ends - context.now().getTime());
      return judge(await runLogged(context, args, { directory, timeoutMs: left }), publicKey);
    } finally {
      agent?.end();
    }
  });
}

/**
 * A link to the private key, beside the file with its public key: of a key in PEM without one, ssh does not say what it
 * offers, and the server not what it accepts.
 *
 * @returns the private key itself where there are no links (Windows).
 */
function besidePublic(privateKeyPath: string, link: string): Promise<string> {
  return symlink(privateKeyPath, link).then(
    () => link,
    () => privateKeyPath,
  );
}

/** The way to a server, by the user's configuration. */
interface Way {
  /** Lines for the configuration. */
  readonly lines: readonly string[];
  /** Values of the user's configuration for a keyword in small letters. */
  readonly values: (keyword: string) => readonly string[];
}

/** What is taken from the user's configuration as `ssh -G` prints it: how to connect, and what is spoken. */
const TAKEN = [
  'hostname',
  'port',
  'hostkeyalias',
  'addressfamily',
  'bindaddress',
  'bindinterface',
  'connectionattempts',
  'proxyusefdpass',
  'compression',
  'ipqos',
  'ciphers',
  'macs',
  'kexalgorithms',
  'hostkeyalgorithms',
  'casignaturealgorithms',
  'pubkeyacceptedalgorithms',
  'pubkeyacceptedkeytypes',
  'requiredrsasize',
  'knownhostscommand',
] as const;

/** @returns null if ssh refuses the user's configuration, or a command in it takes too long. */
async function wayTo(context: Context, login: Login, jump: Jump | null, end: AbortSignal): Promise<Way | null> {
  const { interrupts, platform } = context;
  const ssh = { program: findProgram(context, 'ssh'), signal: AbortSignal.any([interrupts.signal, end]) };
  const port = login.port === 22 ? null : login.port;
  const asked = resolveHost(ssh, null, `${login.user}@${login.address}`, port);
  const { ok, values } = await asked.catch((error: unknown) => {
    if (end.aborted && !interrupts.requested) return { ok: false, values: () => [] };
    throw error;
  });
  if (!ok) return null;
  const known = login.knownHosts;
  const lines = TAKEN.flatMap((keyword) =>
    keyword === 'hostkeyalias' && known !== null ? [] : values(keyword).map((value) => `${keyword} ${value}`),
  );
  const [host] = values('proxyjump');
  const through = jump ?? (host === undefined || host === 'none' ? null : { host });
  const [command] = through === null ? values('proxycommand') : [proxyCommand(through, platform)];
  return { lines: command === undefined ? lines : [...lines, `ProxyCommand ${command}`], values };
}

/**
 * What decides on the host key.
 *
 * @param more a file of host keys besides known_hosts; null: there is none.
 */
function hostKeyLines({ knownHosts }: Login, { values }: Way, more: string | null): readonly string[] {
  const own = values('stricthostkeychecking')[0] ?? 'ask';
  const strict = more !== null || knownHosts !== null ? 'yes' : /^(false|no|off)$/.test(own) ? 'accept-new' : own;
  const global = filesIn(values('globalknownhostsfile')).filter((file) => !file.includes('"'));
  return [
    `StrictHostKeyChecking ${strict}`,
    `GlobalKnownHostsFile ${[...(more === null ? [] : [more]), ...global].map((file) => `"${file}"`).join(' ') || 'none'}`,
    ...(knownHosts === null
      ? [`UserKnownHostsFile ${filesIn(values('userknownhostsfile')).map(configPath).join(' ') || 'none'}`]
      : [`UserKnownHostsFile ${configPath(knownHosts.file)}`, `HostKeyAlias ${knownHosts.alias}`]),
    ...values('revokedhostkeys')
      .filter((file) => file !== 'none')
      .map((file) => `RevokedHostKeys ${configPath(file)}`),
  ];
}

/** The files in values of `ssh -G`, which separates them by spaces and does not quote those in a path. */
function filesIn(values: readonly string[]): readonly string[] {
  const words = values.join(' ').split(' ');
  const files: string[] = [];
  while (words.length > 0) {
    const ends = words.map((_, index) => index + 1).toReversed();
    const length = ends.find((end) => existsSync(words.slice(0, end).join(' '))) ?? 1;
    files.push(words.splice(0, length).join(' '));
  }
  return files.filter((file) => file !== '');
}

/** What a run of ssh shows about a key. */
function judge(run: LoggedRun, publicKey: PublicKey): Proof {
  const fingerprint = sha256Fingerprint(publicKey);
  const isOurs = (line: string): boolean => line.split(' ').includes(fingerprint) && !line.includes('-CERT ');
  const at = (from: number, found: (line: string) => boolean): number =>
    from < 0 ? -1 : run.log.findIndex((line, index) => index >= from && found(line));
  const offered = at(0, (line) => line.startsWith('debug1: Offering public key: ') && isOurs(line));
  const taken = at(0, (line) => line.startsWith('debug1: Server accepts key: '));
  const accepted = at(0, (line) => line.startsWith('debug1: Server accepts key: ') && isOurs(line));
  if (at(accepted, (line) => /^Authenticated to .* using "publickey"\.$/.test(line)) >= 0)
    return { result: 'accepted' };
  if (run.stopped === 'interrupt') throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`);
  const { reason } = run;
  const why = run.stopped === 'timeout' || reason === '' ? t`no answer in time` : reason;
  if (!run.reached) return { result: 'unreachable', why };
  if (taken >= 0 && accepted < 0) return { result: 'unclear', why: t`ssh offered another key` };
  if (accepted >= 0)
    return {
      result: 'unclear',
      why: t`the server accepts the key, but the login failed: the key may have a passphrase`,
    };
  if (run.log.includes('Host key verification failed.'))
    return { result: 'unclear', why: withLabel(t`ssh does not accept the host key`, reason) };
  const denied = at(offered, (line) => /: Permission denied \([\w,-]*\)\.$/.test(line));
  const methods = /^debug1: Authentications that can continue: (.*)$/;
  const takesKeys = at(0, (line) => methods.exec(line)?.[1]?.split(',').includes('publickey') === true);
  if (denied >= 0 && takesKeys >= 0 && takesKeys < offered && run.stopped === null) return { result: 'refused' };
  return { result: 'unclear', why };
}

/** How long an agent has to begin, in milliseconds. */
const AGENT_MS = 5000;

/** An ssh-agent of our own that holds one key. */
async function privateAgent(
  context: Context,
  socket: string,
  privateKey: Secret,
  timeoutMs: number,
): Promise<{ readonly socket: string; readonly end: () => void }> {
  const child = spawn(findProgram(context, 'ssh-agent'), ['-D', '-a', socket], { stdio: 'ignore' });
  const end = (): void => {
    child.kill('SIGKILL');
  };
  child.once('error', end);
  for (let waited = 0; !existsSync(socket) && waited < AGENT_MS; waited += 20) await sleep(20);
  try {
    const env = { ...context.env, SSH_AUTH_SOCK: socket };
    // It does not keep the key for long if this process is killed.
    await addKeyToAgent({ ...context, env }, privateKey, { lifetime: Math.ceil(timeoutMs / 1000), confirm: false });
  } catch (error) {
    end();
    throw error;
  }
  return { socket, end };
}
