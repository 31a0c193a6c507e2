import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { run } from '../support/program.ts';
import { configureSshd } from '../support/sshd.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const SSHD = '/usr/sbin/sshd';
const execute = promisify(execFile);

describe.each(['tencent', 'lighthouse', 'aliyun', 'qcloud'])('a key pair of %s', (provider) => {
  let home: string;
  let key: string;
  beforeEach(async () => {
    home = temporaryDirectory();
    key = path.join(home, '.ssh', 'foo');
    const { exit, stderr } = await run(['create', '--sandbox', '-p', provider, '--name', 'foo', '--json'], {
      home,
    });
    expect(exit, stderr).toBe(0);
  });

  /** Logs in to a real sshd that knows one authorized key; what the remote command says. */
  async function login(authorizedKeys: string, identity: string): Promise<string> {
    const server = path.join(home, 'sshd');
    mkdirSync(server, { recursive: true });
    const hostKey = path.join(server, 'host');
    // An answer to a question that it does not ask may find it gone (EPIPE).
    rmSync(hostKey, { force: true });
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', hostKey]);
    const config = path.join(server, 'config');
    configureSshd(config, hostKey, authorizedKeys);
    const { stdout } = await execute('ssh', [
      ...['-F', 'none', '-i', identity, '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none', '-o', 'BatchMode=yes'],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'],
      ...['-o', `ProxyCommand=${SSHD} -i -f ${config}`, `${userInfo().username}@server`, 'echo logged in'],
    ]);
    return stdout;
  }

  it('logs in to a real sshd that knows its public half', async () => {
    expect(await login(`${key}.pub`, key)).toBe('logged in\n');
  });

  it('does not log in where another key is authorized', async () => {
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-N', '', '-f', path.join(home, 'other')]);
    await expect(login(path.join(home, 'other.pub'), key)).rejects.toThrow(/Permission denied/);
  });

  it('is taken by a real ssh-agent', () => {
    const script = 'ssh-add -q "$1" && ssh-add -l';
    const listed = execFileSync('ssh-agent', ['sh', '-c', script, 'sh', key], { encoding: 'utf8' });
    const own = execFileSync('ssh-keygen', ['-l', '-f', `${key}.pub`], { encoding: 'utf8' });
    expect(listed.split(' ')[1]).toBe(own.split(' ')[1]);
  });
});
