import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { userInfo } from 'node:os';

/** A real sshd on loopback, and the user's real ssh with a configuration of its own. */
export interface Sshd {
  readonly port: number;
  readonly user: string;
  /** A PATH whose ssh reads {@link config} in place of the configuration and the host keys of whoever runs the tests. */
  readonly searchPath: string;
  /** The configuration that ssh reads. */
  readonly config: string;
  /** Lets these public keys in, and no others. */
  authorize(...publicKeyFiles: readonly string[]): void;
  close(): void;
}

/** Starts one in a directory. Names of Debian packages are in oracles.ts. */
export async function startSshd(directory: string): Promise<Sshd> {
  const file = (name: string): string => path.join(directory, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file('host')]);
  const port = await freePort();
  writeFileSync(file('authorized'), '');
  configureSshd(file('sshd_config'), file('host'), file('authorized'), `ListenAddress 127.0.0.1:${port}`);
  const server = spawn('/usr/sbin/sshd', ['-D', '-f', file('sshd_config')], { stdio: 'ignore' });
  await reachable(port, server);
  writeFileSync(
    file('config'),
    [
      'BatchMode yes',
      'StrictHostKeyChecking no',
      'UserKnownHostsFile /dev/null',
      'LogLevel ERROR',
      'IdentityAgent none',
      'IdentityFile none',
      '',
    ].join('\n'),
  );
  mkdirSync(file('bin'));
  const ssh = execFileSync('sh', ['-c', 'command -v ssh'], { encoding: 'utf8' }).trim();
  writeFileSync(file('bin/ssh'), `#!/bin/sh\nexec ${ssh} -F ${file('config')} "$@"\n`, { mode: 0o755 });
  return {
    port,
    user: userInfo().username,
    searchPath: `${file('bin')}:${process.env['PATH'] ?? ''}`,
    config: file('config'),
    authorize: (...files) => {
      const texts = files.map((one) => readFileSync(one, 'utf8'));
      writeFileSync(file('authorized'), texts.join(''));
    },
    close: () => server.kill(),
  };
}

/** Writes the configuration of an sshd that lets in these keys and nobody else. */
export function configureSshd(file: string, hostKey: string, authorizedKeys: string, ...more: readonly string[]): void {
  const lines = [
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${authorizedKeys}`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PidFile none',
    ...more,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  // sshd wants its own empty directory when root starts it.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

async function reachable(port: number, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && server.exitCode === null; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('sshd does not start');
}
