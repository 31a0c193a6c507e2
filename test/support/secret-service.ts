import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { COMMAND, type Run } from './program.ts';
import { temporaryDirectory } from './temporary.ts';

/** How the D-Bus session is that a command runs in. */
export interface SessionOptions {
  /** Becomes HOME: the keyring is in it, and stays from session to session. */
  readonly home: string;
  /** Without a service nobody in the session keeps secrets. */
  readonly keyring: 'unlocked' | 'locked' | 'none';
  /** Who asks for the keyring's password: nobody can be reached, or somebody who never answers. */
  readonly prompter?: 'none' | 'silent';
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sends the command SIGTERM after as many seconds. */
  readonly endAfter?: number;
}

/** Runs the program in a D-Bus session of its own, with GNOME's keyring for a Secret Service. */
export function keypairInSession(args: readonly string[], options: SessionOptions): Promise<Run> {
  return inSession([...COMMAND, ...args], options);
}

/** Starts the keyring with its password, and waits for it: asked too early, the bus would start a locked one. */
const UNLOCK = [
  'printf password | gnome-keyring-daemon --unlock --daemonize --components=secrets >/dev/null 2>&1',
  'until dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \\',
  '  org.freedesktop.Secret.Service.ReadAlias string:default >/dev/null 2>&1; do sleep 0.05; done',
  '',
].join('\n');

/** Runs any command there. */
export async function inSession(command: readonly string[], options: SessionOptions): Promise<Run> {
  const { home, keyring, input, env, endAfter } = options;
  const unlock = keyring === 'unlocked' ? UNLOCK : '';
  // What the bus starts has the streams of the bus, and may outlive it: the command's own are files.
  const directory = temporaryDirectory();
  const [out, err] = [path.join(directory, 'out'), path.join(directory, 'err')];
  const act =
    endAfter === undefined
      ? `exec "$@" >${out} 2>${err}`
      : `exec 3<&0; "$@" <&3 >${out} 2>${err} & pid=$!; sleep ${endAfter}; kill -TERM $pid; wait $pid`;
  const child = spawn(
    'dbus-run-session',
    ['--config-file', busConfig(options), '--', 'sh', '-c', unlock + act, 'sh', ...command],
    {
      cwd: home,
      env: { PATH: process.env['PATH'], HOME: home, ...env },
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  child.stdin.on('error', () => undefined).end(input ?? '');
  const exit = await new Promise<Run['exit']>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? signal);
    });
  });
  return { exit, stdout: readFileSync(out, 'utf8'), stderr: readFileSync(err, 'utf8') };
}

function busConfig({ keyring, prompter = 'none' }: SessionOptions): string {
  const directory = temporaryDirectory();
  const services = path.join(directory, 'services');
  mkdirSync(services);
  const offer = (name: string, command: string): void => {
    writeFileSync(path.join(services, `${name}.service`), `[D-BUS Service]\nName=${name}\nExec=${command}\n`);
  };
  if (keyring === 'locked') {
    offer('org.freedesktop.secrets', '/usr/bin/gnome-keyring-daemon --start --foreground --components=secrets');
  }
  if (prompter === 'silent') offer('org.gnome.keyring.SystemPrompter', '/bin/sleep 20');
  const file = path.join(directory, 'bus.conf');
  writeFileSync(
    file,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <servicedir>${services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`,
  );
  return file;
}
