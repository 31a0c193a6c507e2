import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { type KeysAnswer, keysScript, type KeysTask, readKeysAnswer } from '../../src/ssh/authorized-keys.ts';
import { temporaryDirectory } from './temporary.ts';

/** The shells of servers. The last has no programs but its own. */
export const SHELLS = ['dash', 'bash', 'busybox'] as const;

/** A shell of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/** How a script is run. */
interface Way {
  readonly shell?: Shell;
  /** Words before the shell, such as `setpriv`. */
  readonly through?: readonly string[];
}

/** An account of a server, as a script sees it: `id`, `getent` and `sshd` are its own. */
export interface ServerAccount {
  readonly home: string;
  readonly user: string;
  /** `~/.ssh/authorized_keys`, which is not there yet. */
  readonly file: string;
  /** What `getent passwd` prints. */
  passwd(...lines: readonly string[]): void;
  /** What `sshd -T` prints; `$user` is the user it is asked for. */
  sshd(...lines: readonly string[]): void;
  /** The line of the account for {@link passwd}. */
  entry(uid?: number): string;
  /** Runs a shell script with the programs of the account. */
  execute(script: string, way?: Way): Promise<string>;
  /** Runs the script of a task. */
  run(task: KeysTask, way?: Way): Promise<KeysAnswer | null>;
}

/** Makes one whose owner is this process. */
export function serverAccount(user = 'carol'): ServerAccount {
  const root = temporaryDirectory();
  const [home, bin, busybox] = ['home', 'bin', 'busybox'].map((name) => path.join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const one of [home, bin, busybox]) mkdirSync(one);
  execFileSync('busybox', ['--install', '-s', busybox]);
  const uid = process.getuid?.() ?? 0;
  const entry = (own = uid): string => `${user}:x:${own}:${own}:Carol Doe,,,:${home}:/bin/sh`;
  const program = (name: string, text: string): void => {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  };
  const account: ServerAccount = {
    home,
    user,
    file: path.join(home, '.ssh/authorized_keys'),
    entry,
    passwd: (...lines) => {
      writeFileSync(path.join(bin, 'passwd'), lines.map((line) => `${line}\n`).join(''));
    },
    sshd: (...lines) => {
      program('sshd', `user=\${3#user=} user=\${user%%,*}\ncat <<END\n${lines.join('\n')}\nEND`);
    },
    execute: (script, { shell = 'dash', through = [] } = {}) => {
      const words = [...through, ...(shell === 'busybox' ? ['busybox', 'sh'] : [shell]), '-s'];
      const search = `${bin}:${shell === 'busybox' ? busybox : (process.env['PATH'] ?? '')}`;
      const [first = '', ...args] = words;
      const found = execFileSync('sh', ['-c', `command -v ${first}`], { encoding: 'utf8' }).trim();
      const env = { PATH: search, HOME: home };
      const child = spawn(found, args, { env, cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.setEncoding('latin1').on('data', (text: string) => (output += text));
      child.stdin.end(script);
      return new Promise((resolve) => {
        child.once('close', () => {
          resolve(output);
        });
      });
    },
    run: async (task, way) => {
      const marker = randomBytes(10).toString('hex');
      return readKeysAnswer(await account.execute(keysScript(task, marker), way), marker);
    },
  };
  account.passwd(entry());
  program('id', `case $1 in -un) echo ${user} ;; -u) echo ${uid} ;; esac`);
  program('getent', `awk -F: -v u="$2" 'u == "" || $1 == u' ${bin}/passwd`);
  program('sshd', 'exit 1');
  return account;
}
