import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Run, run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

// Each test runs the program up to eight times.
vi.setConfig({ testTimeout: 60_000 });

let home: string;
let alice: string;
beforeEach(() => {
  home = temporaryDirectory();
  alice = path.join(home, 'alice');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'alice', '-f', alice]);
});

const keypair = (...args: string[]): Promise<Run> => run(['--sandbox', ...args], { home });

/** Logs in to an instance with one private key, as a person would. */
const login = (key: string, instance: string, place: readonly string[], ...more: readonly string[]): Promise<Run> =>
  keypair('ssh', instance, ...place, '--key', key, ...more, '--', 'echo', 'in');

const CVM = ['-p', 'tencent', '-r', 'ap-guangzhou'];
const LIGHTHOUSE = ['-p', 'lighthouse', '-r', 'ap-guangzhou'];
const ECS = ['-p', 'aliyun', '-r', 'cn-hangzhou'];

/** One object a line. */
const objectsOf = ({ stdout }: Run): unknown[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe.each([
  ['CVM', CVM],
  ['Lighthouse', LIGHTHOUSE],
  ['ECS', ECS],
])('the agent on %s', (_service, place) => {
  it('puts a key on an instance without any key of it, and takes it off again', async () => {
    expect((await login(alice, 'web-1', place)).exit).toBe(255);
    const put = await keypair('authorize', `${alice}.pub`, 'web-1', ...place, '--via', 'agent', '--json');
    expect(put).toMatchObject({ exit: 0, stderr: '' });
    expect(objectsOf(put)).toMatchObject([{ instanceName: 'web-1', via: 'agent', authorized: true, changed: true }]);
    expect(await login(alice, 'web-1', place)).toMatchObject({ exit: 0, stdout: 'in\n' });
    const again = await keypair('authorize', `${alice}.pub`, 'web-1', ...place, '--via', 'agent', '--json');
    expect(objectsOf(again)).toMatchObject([{ authorized: true, changed: false }]);
    const taken = await keypair('revoke', `${alice}.pub`, 'web-1', ...place, '--yes', '--via', 'agent', '--json');
    expect(objectsOf(taken)).toMatchObject([{ via: 'agent', revoked: true, changed: true }]);
    expect((await login(alice, 'web-1', place)).exit).toBe(255);
  });
});

describe('the service, on Lighthouse', () => {
  it('changes the keys of a running instance for one user', async () => {
    expect((await keypair('create', '--name', 'web', ...LIGHTHOUSE)).exit).toBe(0);
    const put = await keypair('authorize', 'web', 'web-1', ...LIGHTHOUSE, '--json');
    expect(objectsOf(put)).toMatchObject([{ via: 'online', changed: true }]);
    expect(await login('web', 'web-1', LIGHTHOUSE)).toMatchObject({ exit: 0, stdout: 'in\n' });
    const taken = await keypair('revoke', 'web', 'web-1', ...LIGHTHOUSE, '--yes', '--json');
    expect(objectsOf(taken)).toMatchObject([{ via: 'online', changed: true }]);
    expect((await login('web', 'web-1', LIGHTHOUSE)).exit).toBe(255);
  });

  it('takes off a key that its agent has put there, which it does not see itself', async () => {
    expect((await keypair('create', '--name', 'web', ...LIGHTHOUSE)).exit).toBe(0);
    const put = await keypair('authorize', 'web', 'web-1', ...LIGHTHOUSE, '--expires', '1h', '--json');
    expect(objectsOf(put)).toMatchObject([{ via: 'agent', changed: true }]);
    const blind = await keypair('revoke', 'web', 'web-1', ...LIGHTHOUSE, '--yes', '--via', 'online');
    expect(blind.stderr).toContain('the service sees only keys that it has bound');
    expect((await login('web', 'web-1', LIGHTHOUSE)).exit).toBe(0);
    const taken = await keypair('revoke', 'web', 'web-1', ...LIGHTHOUSE, '--yes', '--json');
    expect(objectsOf(taken)).toMatchObject([{ revoked: true, changed: true }]);
    expect((await login('web', 'web-1', LIGHTHOUSE)).exit).toBe(255);
  });
});

describe('ssh', () => {
  it('goes on after a server that refuses the login, and warns before it shuts itself out', async () => {
    const more = ['web-1', ...CVM, '--via', 'ssh', '--key', alice];
    expect((await keypair('authorize', `${alice}.pub`, 'web-1', ...CVM)).exit).toBe(0);
    const put = await keypair('authorize', `${alice}.pub`, 'web-2', ...more);
    expect(put).toMatchObject({ exit: 4, stdout: expect.stringContaining('was on ubuntu@web-1 already') as string });
    expect(put.stderr).not.toContain('not begun');
    const taken = await keypair('revoke', `${alice}.pub`, ...more, '--yes');
    expect(taken.exit).toBe(0);
    expect(taken.stderr).toContain('is the key that logs in to ubuntu@web-1 (ins-sandbox1) now');
  });

  it('puts a key on an instance with the key that opens it, and takes it off again', async () => {
    expect((await keypair('create', '--name', 'web', ...CVM)).exit).toBe(0);
    const attached = await keypair('attach', 'web', 'web-1', ...CVM, '--force-stop', '--wait', '--yes');
    expect(attached.exit).toBe(0);
    const put = await keypair('authorize', `${alice}.pub`, 'web-1', ...CVM, '--via', 'ssh', '--json');
    expect(put).toMatchObject({ exit: 0, stderr: '' });
    expect(objectsOf(put)).toMatchObject([{ via: 'ssh', changed: true }]);
    expect(await login(alice, 'web-1', CVM)).toMatchObject({ exit: 0, stdout: 'in\n' });
    expect(await login('web', 'web-1', CVM)).toMatchObject({ exit: 0, stdout: 'in\n' });
    const taken = await keypair('revoke', `${alice}.pub`, 'web-1', ...CVM, '--via', 'ssh', '--yes', '--json');
    expect(objectsOf(taken)).toMatchObject([{ via: 'ssh', changed: true }]);
    expect((await login(alice, 'web-1', CVM)).exit).toBe(255);
    expect((await login('web', 'web-1', CVM)).exit).toBe(0);
  });
});

describe('a key that was put on a server, and that its service does not know of', () => {
  it('is found by ssh and ssh-config, until it is taken off', async () => {
    const { stdout } = await keypair('authorize', alice, 'web-1', ...CVM, '--key-dir', home);
    expect(stdout).toContain('ubuntu@web-1');
    const ssh = (): Promise<Run> => keypair('ssh', 'web-1', ...CVM, '--key-dir', home, '--', 'echo', 'in');
    expect(await ssh()).toMatchObject({ exit: 0, stdout: 'in\n' });
    const printed = await keypair('ssh-config', 'print', ...CVM, '--key-dir', home);
    expect(printed.stdout).toContain(`IdentityFile "${alice}"`);
    expect((await keypair('revoke', alice, 'web-1', ...CVM, '--key-dir', home, '--yes')).exit).toBe(0);
    expect(await ssh()).toMatchObject({ exit: 3 });
  });
});

describe('authorize', () => {
  it('ends the life of a key when it is told to', async () => {
    const put = await keypair('authorize', `${alice}.pub`, 'web-1', ...CVM, '--expires', '2s', '--json');
    expect(objectsOf(put)).toMatchObject([{ expires: expect.stringMatching(/^\d{14}$/) as string }]);
    await expect
      .poll(async () => (await login(alice, 'web-1', CVM)).exit, { timeout: 20_000, interval: 500 })
      .toBe(255);
  });

  it('names every instance that it cannot change, and goes on with the others', async () => {
    const put = await keypair('authorize', `${alice}.pub`, 'web-1', 'batch-1', 'office-1', ...CVM);
    expect(put.exit).toBe(5);
    expect(put.stdout).toMatch(/^put \S+alice\.pub \(SHA256:\S+\) on ubuntu@web-1\n$/);
    expect(put.stderr).toContain('batch-1 (ins-sandbox3) is not running');
    expect(put.stderr).toContain('office-1 (ins-sandbox5) runs Windows');
  });

  it('changes nothing with --dry-run', async () => {
    const dry = await keypair('authorize', `${alice}.pub`, 'web-1', ...ECS, '--dry-run', '--json');
    expect(objectsOf(dry)).toMatchObject([{ authorized: null, changed: null, dryRun: true }]);
    expect((await login(alice, 'web-1', ECS)).exit).toBe(255);
  });
});

describe('revoke', () => {
  it('takes a key off every account that has it', async () => {
    for (const user of ['root', 'ubuntu'])
      expect((await keypair('authorize', `${alice}.pub`, 'web-1', ...CVM, '--user', user)).exit).toBe(0);
    const taken = await keypair('revoke', `${alice}.pub`, 'web-1', ...CVM, '--all-users', '--yes', '--json');
    expect(taken.exit, taken.stderr).toBe(0);
    // In the order in which they were done.
    expect(objectsOf(taken)).toHaveLength(2);
    for (const user of ['root', 'ubuntu'])
      expect(objectsOf(taken)).toContainEqual(expect.objectContaining({ user, changed: true }));
    for (const user of ['root', 'ubuntu']) expect((await login(alice, 'web-1', CVM, '--user', user)).exit).toBe(255);
  });
});
