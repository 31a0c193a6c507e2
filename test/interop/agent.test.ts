import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { startAgent } from '../support/agent.ts';
import { ended, run, type Run, start } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';

let home: string;
beforeEach(() => {
  home = temporaryDirectory();
  mkdirSync(path.join(home, '.ssh'), { mode: 0o700 });
});

const ssh = (file: string): string => path.join(home, '.ssh', file);

/** Makes a key with ssh-keygen. @returns its fingerprint. */
function make(file: string, passphrase = '', ...more: readonly string[]): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', 'me', ...more, '-f', file]);
  return execFileSync('ssh-keygen', ['-l', '-f', `${file}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';
}

/** Listens as an agent does, and answers every request with these bytes, or not at all. */
async function fakeAgent(answer: Buffer | null): Promise<AsyncDisposable & { readonly env: Record<string, string> }> {
  const socket = path.join(temporaryDirectory(), 'fake');
  const server = createServer((connection) => {
    connection.on('error', () => undefined).on('data', () => answer !== null && connection.write(answer));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    env: { SSH_AUTH_SOCK: socket },
    [Symbol.asyncDispose]: async () => {
      server.close();
      await wait(0);
    },
  };
}

describe('keypair agent', () => {
  it('adds keys by name and by file, and removes them by private and by public key', async () => {
    await using agent = await startAgent();
    const [foo, bar] = [make(ssh('foo')), make(path.join(home, '$(touch x) "b'), '', '-t', 'rsa', '-m', 'PEM')];
    const file = path.join(home, '$(touch x) "b');
    const agentOf = (...args: string[]): Promise<Run> => run(['agent', ...args], { home, env: agent.env });
    const added = await agentOf('add', 'foo', file, 'foo', '--json');
    expect(added).toMatchObject({ exit: 0, stderr: '' });
    const lines = added.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toEqual([
      expect.objectContaining({ name: 'foo', file: ssh('foo'), added: true, lifetime: null, confirm: false }),
      expect.objectContaining({ name: file, file, fingerprints: expect.objectContaining({ sha256: bar }) as object }),
    ]);
    expect(agent.fingerprints()).toEqual([foo, bar]);
    expect(await agentOf('remove', 'foo', '-q')).toEqual({ exit: 0, stdout: `${ssh('foo')}.pub\n`, stderr: '' });
    expect(await agentOf('remove', `${file}.pub`)).toMatchObject({ exit: 0 });
    expect(agent.fingerprints()).toEqual([]);
    const gone = await agentOf('remove', 'foo');
    expect(gone).toMatchObject({ exit: 3, stderr: 'keypair: error: the agent does not hold foo\n' });
  });

  it('keeps to a lifetime, and has the agent ask before a use', async () => {
    await using agent = await startAgent({ SSH_ASKPASS: '/bin/false', DISPLAY: ':9' });
    make(ssh('foo'));
    const options = { home, env: agent.env };
    expect(await run(['agent', 'add', 'foo', '--lifetime', '2s', '--confirm'], options)).toMatchObject({
      exit: 0,
      stdout: `added ${ssh('foo')} to the agent for 2s\n`,
    });
    const test = (): number | null => spawnSync('ssh-add', ['-T', ssh('foo.pub')], { env: agent.env }).status;
    expect([agent.fingerprints().length, test()]).toEqual([1, 1]);
    await wait(3000);
    expect(agent.fingerprints()).toEqual([]);
    expect(await run(['agent', 'add', 'foo'], options)).toMatchObject({ exit: 0 });
    expect(test()).toBe(0);
  });

  it.each(['', '0', '1y', '1h 30m', '-5', '99999999999', '5000w0x', '1e3', '１h'])(
    'refuses the lifetime %j before it does anything',
    async (lifetime) => {
      const { exit, stdout } = await run(['agent', 'add', 'gone', `--lifetime=${lifetime}`], { home });
      expect([exit, stdout]).toEqual([2, '']);
    },
  );

  it.each(['en', 'zh-CN'])('gives ssh-add the terminal for a passphrase (%s)', async (lang) => {
    await using agent = await startAgent();
    const fingerprint = make(ssh('closed'), 'open sesame');
    await using terminal = keypairOnTerminal(['agent', 'add', 'closed', '--lang', lang], { home, env: agent.env });
    await terminal.shows('Enter passphrase for');
    terminal.type(`wrong${KEYS.enter}`);
    await terminal.shows('Bad passphrase');
    terminal.type(`open sesame${KEYS.enter}`);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain(lang === 'en' ? 'added ' : '已将 ');
    expect(terminal.raw()).not.toContain('sesame');
    expect(agent.fingerprints()).toEqual([fingerprint]);
  });

  it('ends with Ctrl-C while ssh-add asks', async () => {
    await using agent = await startAgent();
    make(ssh('closed'), 'open sesame');
    await using terminal = keypairOnTerminal(['agent', 'add', 'closed'], { home, env: agent.env });
    await terminal.shows('Enter passphrase for');
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expect(agent.fingerprints()).toEqual([]);
  });

  it('off a terminal names what asks for a passphrase, and lets SSH_ASKPASS answer', async () => {
    await using agent = await startAgent();
    const fingerprint = make(ssh('closed'), 'open sesame');
    make(ssh('foo'));
    const refused = await run(['agent', 'add', 'foo', 'closed'], { home, env: agent.env });
    expect(refused).toMatchObject({ exit: 2, stderr: expect.stringContaining('SSH_ASKPASS') as string });
    expect(agent.fingerprints()).toEqual([]);
    const answer = path.join(home, 'answer');
    writeFileSync(answer, '#!/bin/sh\necho open sesame\n');
    chmodSync(answer, 0o755);
    const asked = { SSH_ASKPASS: answer, SSH_ASKPASS_REQUIRE: 'force' };
    expect(await run(['agent', 'add', 'closed'], { home, env: { ...agent.env, ...asked } })).toMatchObject({ exit: 0 });
    expect(agent.fingerprints()).toEqual([fingerprint]);
  });

  it('shows why ssh-add refuses a file', async () => {
    await using agent = await startAgent();
    make(ssh('open'));
    chmodSync(ssh('open'), 0o644);
    const open = await run(['agent', 'add', 'open'], { home, env: agent.env });
    expect(open.exit).toBe(1);
    expect(open.stderr).toMatch(
      /error: ssh-add: Permissions 0644 .*are too open.*\nkeypair: hint: chmod 600 .*open\n$/,
    );
    const known = await run(['agent', 'add', ssh('open.pub')], { home, env: agent.env });
    expect(known).toMatchObject({ exit: 3, stderr: expect.stringContaining('is not a private key') as string });
    execFileSync('chmod', ['600', ssh('open')]);
    expect(await run(['agent', 'add', 'open'], { home, env: agent.env })).toMatchObject({ exit: 0 });
  });

  it('warns from five keys on', async () => {
    await using agent = await startAgent();
    const names = ['a1', 'a2', 'a3', 'a4', 'a5'];
    for (const name of names) make(ssh(name));
    const few = await run(['agent', 'add', ...names.slice(0, 4)], { home, env: agent.env });
    expect(few).toMatchObject({ exit: 0, stderr: '' });
    const many = await run(['agent', 'add', 'a5'], { home, env: agent.env });
    expect(many.stderr).toMatch(/^keypair: warning: the agent holds 5 keys: .*MaxAuthTries/);
  });

  it('says that there is no agent, that it refuses, and that it does not answer', async () => {
    make(ssh('foo'));
    const add = (env: Record<string, string>): Promise<Run> => run(['agent', 'add', 'foo'], { home, env });
    const hint = 'keypair: hint: start one: eval "$(ssh-agent -s)"\n';
    expect(await add({})).toMatchObject({
      exit: 6,
      stderr: `keypair: error: no ssh-agent runs for this shell\n${hint}`,
    });
    const dead = path.join(home, 'dead');
    expect(await add({ SSH_AUTH_SOCK: dead })).toMatchObject({
      exit: 6,
      stderr: `keypair: error: no ssh-agent answers at ${dead} (SSH_AUTH_SOCK)\n${hint}`,
    });
    // SSH_AGENT_FAILURE (RFC draft-miller-ssh-agent, 4.1).
    await using refusing = await fakeAgent(Buffer.from([0, 0, 0, 1, 5]));
    const refused = await add(refusing.env);
    expect(refused).toMatchObject({ exit: 1, stderr: expect.stringContaining('agent refused operation') as string });
    await using silent = await fakeAgent(null);
    const waited = await add(silent.env);
    expect(waited).toMatchObject({ exit: 6, stderr: expect.stringContaining('did not answer within 10 s') as string });
    const without = await add({ PATH: home });
    expect(without).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('there is no ssh-add on PATH') as string,
    });
  }, 30_000);

  it('that refuses or hangs costs create --agent no key', async () => {
    const create = ['create', '--sandbox', '-p', 'tencent', '--agent', '--name'];
    await using refusing = await fakeAgent(Buffer.from([0, 0, 0, 1, 5]));
    const refused = await run([...create, 'foo'], { home, env: refusing.env });
    expect(refused).toMatchObject({
      exit: 0,
      stderr: expect.stringContaining('warning: the agent does not') as string,
    });
    await using silent = await fakeAgent(null);
    const child = start([...create, 'bar'], { home, env: silent.env });
    const done = ended(child);
    while (!existsSync(ssh('bar.pub'))) await wait(20);
    await wait(500);
    child.kill('SIGINT');
    const pressed = Date.now();
    // Ctrl-C ends the wait for the agent.
    expect(await done).toMatchObject({ exit: 130, stdout: expect.stringContaining('SHA256:') as string });
    expect(Date.now() - pressed).toBeLessThan(5000);
    const began = Date.now();
    const slow = await run([...create, 'baz'], { home, env: silent.env });
    // It waits once: the agent that took nothing is not asked how many keys it holds.
    expect(Date.now() - began).toBeLessThan(18_000);
    expect(slow).toMatchObject({ exit: 0, stderr: expect.stringContaining('did not answer within 10 s') as string });
    for (const name of ['foo', 'bar', 'baz']) execFileSync('ssh-keygen', ['-y', '-P', '', '-f', ssh(name)]);
  }, 60_000);

  it('gives ssh-add no access key', async () => {
    await using agent = await startAgent();
    make(ssh('foo'));
    const bin = path.join(home, 'bin');
    mkdirSync(bin);
    writeFileSync(path.join(bin, 'ssh-add'), `#!/bin/sh\nenv >>'${home}/env'; PATH=\${PATH#*:} exec ssh-add "$@"\n`);
    chmodSync(path.join(bin, 'ssh-add'), 0o755);
    const env = {
      ...agent.env,
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      TENCENTCLOUD_SECRET_KEY: 'very-secret',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'very-secret',
    };
    expect(await run(['agent', 'add', 'foo'], { home, env })).toMatchObject({ exit: 0 });
    const seen = readFileSync(path.join(home, 'env'), 'utf8');
    expect(seen).toContain('SSH_AUTH_SOCK=');
    expect(seen).not.toContain('secret');
  });
});
