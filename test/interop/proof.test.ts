import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Interrupts } from '../../src/interrupts.ts';
import { parsePublicKey } from '../../src/keys/public-key.ts';
import { Secret } from '../../src/secret.ts';
import type { Jump, Login } from '../../src/ssh/command.ts';
import { type Proof, type ProofOptions, proveLogin } from '../../src/ssh/proof.ts';
import { startAgent } from '../support/agent.ts';
import { quietContext } from '../support/context.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { temporaryDirectory } from '../support/temporary.ts';

describe('the proof of a login', () => {
  // A place with spaces and with what ssh would expand.
  const place = path.join(temporaryDirectory(), 'a b %h');
  mkdirSync(place);
  const file = (name: string): string => path.join(place, name);
  /** A path for a configuration. */
  const quoted = (name: string): string => `"${file(name).replaceAll('%', '%%')}"`;
  const authorized = (...names: readonly string[]): void => {
    sshd.authorize(...names.map((name) => file(`${name}.pub`)));
  };
  let sshd: Sshd;
  let env: Readonly<Record<string, string | undefined>>;
  /** The line of the server's host key. */
  let hostKey: string;

  beforeAll(async () => {
    sshd = await startSshd(temporaryDirectory());
    for (const name of ['old', 'new', 'another'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file(name)]);
    hostKey = readFileSync(path.join(path.dirname(sshd.config), 'host.pub'), 'utf8')
      .trim()
      .split(' ')
      .slice(0, 2)
      .join(' ');
    env = { ...process.env, PATH: sshd.searchPath };
  });
  afterAll(() => {
    sshd.close();
  });
  beforeEach(() => {
    configure();
    authorized('old');
  });

  /** The user's configuration. Host keys of the server are in a file with a space in its name. */
  function configure(...lines: readonly string[]): void {
    writeFileSync(file('known hosts'), `[127.0.0.1]:${sshd.port} ${hostKey}\n`);
    const known = `UserKnownHostsFile ${quoted('known hosts')} /dev/null`;
    writeFileSync(sshd.config, `${[known, ...lines].join('\n')}\n`);
  }

  const login = (more: Partial<Login> = {}): Login => ({
    address: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    privateKeyPath: file('new'),
    knownHosts: null,
    ...more,
  });

  function prove(more: Partial<Login> = {}, options: Partial<ProofOptions> = {}): Promise<Proof> {
    return proveLogin(quietContext(place, env), login(more), {
      jump: null,
      publicKey: parsePublicKey(readFileSync(file('new.pub'), 'utf8')),
      hostKeys: [],
      timeoutMs: 20_000,
      ...options,
    });
  }

  it('is refused before the key is authorized, accepted then, and refused when it is gone', async () => {
    const temporary = temporaryDirectory();
    vi.stubEnv('TMPDIR', temporary);
    expect(await prove()).toEqual({ result: 'refused' });
    authorized('old', 'new');
    expect(await prove()).toEqual({ result: 'accepted' });
    authorized('old');
    expect(await prove()).toEqual({ result: 'refused' });
    expect(readdirSync(temporary)).toEqual([]);
    vi.unstubAllEnvs();
  });

  it('needs no public key beside one in PEM, and is not misled by another one there', async () => {
    const pem = file('pem');
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', '', '-f', pem]);
    const publicKey = parsePublicKey(readFileSync(`${pem}.pub`, 'utf8'));
    const proveIt = (): Promise<Proof> => prove({ privateKeyPath: pem }, { publicKey });
    authorized('pem');
    rmSync(`${pem}.pub`);
    expect(await proveIt()).toEqual({ result: 'accepted' });
    copyFileSync(file('another.pub'), `${pem}.pub`);
    expect(await proveIt()).toEqual({ result: 'accepted' });
    authorized('old');
    expect(await proveIt()).toEqual({ result: 'refused' });
  });

  it('is accepted by a line with a command, whose exit status does not count', async () => {
    const line = `command="exit 142" ${readFileSync(file('new.pub'), 'utf8')}`;
    writeFileSync(file('forced.pub'), line);
    authorized('forced');
    expect(await prove()).toEqual({ result: 'accepted' });
  });

  it.each([
    ['names the old key', [`IdentityFile ${quoted('old')}`]],
    ['names the old key after none', ['IdentityFile none', `IdentityFile ${quoted('old')}`]],
    ['says to use all keys', ['IdentitiesOnly no', 'PubkeyAuthentication no', 'FingerprintHash md5', 'LogLevel QUIET']],
    [
      'runs another command',
      ['RemoteCommand exit 0', 'PermitLocalCommand yes', 'LocalCommand exit 0', 'SessionType none'],
    ],
  ])('is not misled by a configuration that %s', async (_what, lines) => {
    configure(...lines);
    if (lines.join().includes('IdentityFile')) expect(naive()).toBe(0);
    expect(await prove()).toEqual({ result: 'refused' });
    authorized('new');
    expect(await prove()).toEqual({ result: 'accepted' });
  });

  /** What people try in place of a proof. */
  function naive(more: Readonly<Record<string, string>> = {}): number | null {
    const flags = ['-o', 'BatchMode=yes', '-o', `IdentityFile=${quoted('new')}`, '-p', String(sshd.port)];
    return spawnSync('ssh', [...flags, `${sshd.user}@127.0.0.1`, 'true'], { env: { ...env, ...more } }).status;
  }

  it('is not misled by a connection that is open', async () => {
    const socket = path.join(temporaryDirectory(), 'master');
    configure(`ControlPath ${socket}`, 'ControlMaster auto');
    const flags = ['-p', String(sshd.port), `${sshd.user}@127.0.0.1`];
    execFileSync('ssh', ['-fN', '-o', `IdentityFile=${quoted('old')}`, ...flags], { env, stdio: 'ignore' });
    try {
      expect(naive()).toBe(0);
      expect(await prove()).toEqual({ result: 'refused' });
    } finally {
      execFileSync('ssh', ['-O', 'exit', ...flags], { env, stdio: 'ignore' });
    }
  });

  it('is not misled by an agent with the old key', async () => {
    await using agent = await startAgent();
    execFileSync('ssh-add', ['-q', file('old')], { env: { ...env, ...agent.env }, stdio: 'ignore' });
    expect(naive(agent.env)).toBe(0);
    env = { ...env, ...agent.env };
    expect(await prove()).toEqual({ result: 'refused' });
  });

  it('is not misled by the log of a jump host, or by a banner', async () => {
    const lines = [
      'debug1: Server accepts key: x ED25519 FP explicit',
      'Authenticated to x ([x]:22) using "publickey".',
    ];
    const fingerprint = execFileSync('ssh-keygen', ['-lf', file('new.pub')], { encoding: 'utf8' }).split(' ')[1] ?? '';
    writeFileSync(file('lies'), `${lines.join('\n').replace('FP', fingerprint)}\n`);
    const nc = `bash -c 'cat ${quoted('lies')} >&2; exec 3<>/dev/tcp/%h/%p; cat <&3 & exec cat >&3'`;
    configure(`ProxyCommand ${nc}`);
    expect(await prove()).toEqual({ result: 'refused' });
    authorized('new');
    expect(await prove()).toEqual({ result: 'accepted' });
  });

  it('is not misled by a certificate beside the key', async () => {
    execFileSync('ssh-keygen', ['-q', '-s', file('another'), '-I', 'me', '-n', sshd.user, file('new.pub')]);
    writeFileSync(file('ca.pub'), `cert-authority ${readFileSync(file('another.pub'), 'utf8')}`);
    authorized('ca');
    expect(naive()).toBe(0);
    expect(await prove()).toEqual({ result: 'refused' });
  });

  it('takes the way of the configuration: Match exec, Include, names, ports', async () => {
    authorized('new');
    writeFileSync(file('included'), `Host web\n  HostName %h.invalid\n  Port ${sshd.port}\n`);
    configure(
      `Match originalhost web exec "test %n = web -a '%r' = '${sshd.user}'"`,
      '  HostName 127.0.0.1',
      'Match all',
      `Include "${file('included')}"`,
    );
    expect(await prove({ address: 'web', port: null })).toEqual({ result: 'accepted' });
  });

  it.each(['of the configuration', 'that is named', 'with a login of its own'])(
    'goes over a jump host %s',
    async (which) => {
      const used = path.join(temporaryDirectory(), 'used');
      authorized('old', 'new');
      const jumped =
        which === 'of the configuration'
          ? [`Match originalhost 127.0.0.1 user ${sshd.user} exec "test ! -e '${used}'"`, '  ProxyJump hop']
          : [];
      configure(
        `Match originalhost hop exec "touch '${used}'"`,
        '  HostName 127.0.0.1',
        `  Port ${sshd.port}`,
        `  User ${sshd.user}`,
        `  IdentityFile ${quoted('old')}`,
        ...jumped,
      );
      const jump: Jump | null = which.startsWith('of')
        ? null
        : which.startsWith('that')
          ? { host: 'hop' }
          : { login: login({ address: 'hop', privateKeyPath: file('old') }) };
      expect(await prove({}, { jump })).toEqual({ result: 'accepted' });
      expect(existsSync(used)).toBe(true);
      authorized('old');
      expect(await prove({}, { jump: jump ?? { host: `${sshd.user}@hop:${sshd.port}` } })).toEqual({
        result: 'refused',
      });
    },
  );

  it('proves nothing to an unknown or wrong host key, and learns none', async () => {
    authorized('new');
    const known = file('known hosts');
    writeFileSync(known, '');
    expect(await prove()).toMatchObject({ result: 'unclear', why: expect.stringMatching(/host key/i) as string });
    const wrong = readFileSync(file('another.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
    expect(await prove({}, { hostKeys: [wrong] })).toMatchObject({ result: 'unclear' });
    writeFileSync(known, `[127.0.0.1]:${sshd.port} ${wrong}\n`);
    expect(await prove()).toMatchObject({ result: 'unclear' });
    expect(await prove({}, { hostKeys: [hostKey] })).toEqual({ result: 'accepted' });
    expect(readFileSync(known, 'utf8')).toBe(`[127.0.0.1]:${sshd.port} ${wrong}\n`);
    writeFileSync(known, '');
    expect(await prove({}, { hostKeys: [hostKey] })).toEqual({ result: 'accepted' });
    expect(readFileSync(known, 'utf8')).toBe('');
    // The file of a login counts in place of the user's.
    const own = path.join(temporaryDirectory(), 'own');
    writeFileSync(own, `one.sandbox ${wrong}\n`);
    const knownHosts = { file: own, alias: 'one.sandbox' };
    expect(await prove({ knownHosts })).toMatchObject({ result: 'unclear' });
    writeFileSync(own, `one.sandbox ${hostKey}\n`);
    expect(await prove({ knownHosts })).toEqual({ result: 'accepted' });
  });

  it('never takes a host key that changed, whatever the configuration says', async () => {
    authorized('new');
    configure('StrictHostKeyChecking no');
    const wrong = readFileSync(file('another.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
    writeFileSync(file('known hosts'), `[127.0.0.1]:${sshd.port} ${wrong}\n`);
    expect(await prove()).toMatchObject({ result: 'unclear' });
    writeFileSync(file('known hosts'), '');
    expect(await prove()).toEqual({ result: 'accepted' });
  });

  it('needs the key itself if the file has a passphrase', async () => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret', '-f', file('locked')]);
    const publicKey = parsePublicKey(readFileSync(file('locked.pub'), 'utf8'));
    const privateKeyPath = file('locked');
    expect(await prove({ privateKeyPath }, { publicKey })).toEqual({ result: 'refused' });
    authorized('locked');
    expect(await prove({ privateKeyPath }, { publicKey })).toMatchObject({
      result: 'unclear',
      why: expect.stringContaining('passphrase') as string,
    });
    const open = file('unlocked');
    writeFileSync(open, readFileSync(privateKeyPath), { mode: 0o600 });
    execFileSync('ssh-keygen', ['-q', '-p', '-P', 'secret', '-N', '', '-f', open]);
    const privateKey = new Secret(readFileSync(open, 'utf8'));
    expect(await prove({ privateKeyPath }, { publicKey, privateKey })).toEqual({ result: 'accepted' });
    authorized('old');
    expect(await prove({ privateKeyPath }, { publicKey, privateKey })).toEqual({ result: 'refused' });
  });

  it('takes no other key for the one that it proves', async () => {
    authorized('old', 'another');
    expect(await prove({ privateKeyPath: file('another') })).toEqual({ result: 'refused' });
    authorized('new', 'another');
    expect(await prove({ privateKeyPath: file('another') })).toMatchObject({ result: 'unclear' });
  });

  it('tells a server that is not there, that is silent, and a configuration that ssh refuses', async () => {
    expect(await prove({ port: 1 })).toMatchObject({
      result: 'unreachable',
      why: expect.stringContaining('Connection refused') as string,
    });
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    expect(await prove({ port }, { timeoutMs: 1000 })).toMatchObject({ result: 'unreachable' });
    silent.close();
    configure('Nonsense yes');
    expect(await prove()).toMatchObject({ result: 'unclear' });
    configure('Match exec "sleep 60"');
    expect(await prove({}, { timeoutMs: 1000 })).toMatchObject({ result: 'unclear' });
  });

  it('ends at Ctrl-C', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const interrupts = new Interrupts();
    const publicKey = parsePublicKey(readFileSync(file('new.pub'), 'utf8'));
    const proof = proveLogin({ ...quietContext(place, env), interrupts }, login({ port }), {
      jump: null,
      publicKey,
      hostKeys: [],
      timeoutMs: 60_000,
    });
    setTimeout(() => {
      interrupts.interrupt();
    }, 300);
    await expect(proof).rejects.toMatchObject({ code: 'CANCELLED' });
    silent.close();
  });
});
