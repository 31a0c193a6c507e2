import { readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createSandbox } from '../../sandbox/server.ts';
import { keyOf } from '../support/fake-servers.ts';
import { type Run, run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** A machine with the pair `foo`, and the sandbox of its own. */
class Machine {
  readonly home = temporaryDirectory();
  readonly place: readonly string[];

  constructor(place: readonly string[]) {
    this.place = place;
  }

  keypair = (verb: string, ...args: readonly string[]): Promise<Run> =>
    run([verb, '--sandbox', '--yes', ...this.place, ...args], { home: this.home });

  /** Makes `foo` and binds it. */
  async ready(instances: readonly string[], ...bind: readonly string[]): Promise<this> {
    expect((await this.keypair('create', '--name', 'foo', '--local', '--type', 'rsa-2048')).exit).toBe(0);
    expect((await this.keypair('attach', 'foo', ...instances, '--wait', ...bind)).exit).toBe(0);
    this.reboot(instances);
    return this;
  }

  /** ECS changes the keys of a running instance when it is rebooted; the others have done so. */
  reboot(instances: readonly string[]): void {
    if (!this.place.includes('aliyun')) return;
    const sandbox = createSandbox({ stateDir: path.join(this.home, '.local/state/keypair/sandbox') });
    for (const name of instances)
      if (name.startsWith('web-')) sandbox.reboot('cn-hangzhou', name.replace('web-', 'i-sandbox'));
  }

  rotate = (...args: readonly string[]): Promise<Run> =>
    this.keypair('rotate', 'foo', ...args, '--settle', '0', '--json');

  /** Logs in to an instance with one private key, as a person would. */
  login = (instance: string, key: string, ...flags: readonly string[]): Promise<Run> =>
    this.keypair('ssh', instance, '--key', key, ...flags, '--', 'echo', 'in');

  get foo(): string {
    return path.join(this.home, '.ssh/foo');
  }

  /** What is in the only folder of the trash. */
  trashed(name: string): string {
    const trash = path.join(this.home, '.local/state/keypair/trash');
    const [folder = '', ...more] = readdirSync(trash);
    expect(more).toEqual([]);
    return path.join(trash, folder, name);
  }

  get keyFiles(): readonly string[] {
    return readdirSync(path.join(this.home, '.ssh')).sort();
  }
}

/** One object a line. */
const objectsOf = ({ stdout }: Run): readonly Readonly<Record<string, unknown>>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Instances and their states, of what `rotate --json` printed. */
const statesOf = (run: Run): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    objectsOf(run).flatMap(({ instance, state }) => (typeof instance === 'string' ? [[instance, state]] : [])),
  );

const CVM = ['-p', 'tencent', '-r', 'ap-guangzhou'];
const LIGHTHOUSE = ['-p', 'lighthouse', '-r', 'ap-guangzhou'];
const ECS = ['-p', 'aliyun', '-r', 'cn-hangzhou'];

// Most of the time goes into waiting for the cloud and for sshd.
describe.concurrent('rotate', { timeout: 180_000 }, () => {
  it.each([
    ['agent', 'CVM', CVM, ['--force-stop']],
    ['ssh', 'CVM', CVM, ['--force-stop']],
    ['online', 'Lighthouse', LIGHTHOUSE, ['--online', '--user', 'root']],
    ['agent', 'Lighthouse', LIGHTHOUSE, ['--online', '--user', 'root']],
    ['ssh', 'Lighthouse', LIGHTHOUSE, ['--online', '--user', 'root']],
    ['agent', 'ECS', ECS, []],
    ['ssh', 'ECS', ECS, []],
  ] as const)('by %s on %s ends with the old key refused and the new one in', async (via, _service, place, bind) => {
    const machine = await new Machine(place).ready(['web-1', 'web-2'], ...bind);
    const old = readFileSync(machine.foo, 'utf8');
    const rotated = await machine.rotate('web-1', 'web-2', '--via', via, '--type', 'rsa-2048');
    expect(rotated).toMatchObject({ exit: 0, stderr: '' });
    const results = objectsOf(rotated);
    expect(results.map(({ state }) => state)).toEqual(['retired', 'retired', undefined]);
    expect(results[0]).toMatchObject({ via });
    expect(results[2]).toMatchObject({ privateKeyPath: machine.foo });
    expect(readFileSync(machine.trashed('foo'), 'utf8')).toBe(old);
    expect(machine.keyFiles).toEqual(['foo', 'foo.pub']);
    expect(keyOf(machine.foo)).not.toBe(keyOf(machine.trashed('foo')));
    // Nor does the next boot bring the old key back.
    machine.reboot(['web-1', 'web-2']);
    for (const [web, user] of [
      ['web-1', results[0]?.['user']],
      ['web-2', results[1]?.['user']],
    ] as const) {
      expect(await machine.login(web, machine.foo, '--user', String(user))).toMatchObject({ exit: 0, stdout: 'in\n' });
      expect((await machine.login(web, machine.trashed('foo'), '--user', String(user))).exit).toBe(255);
    }
  });

  it('goes by the name of the key file the next time, whatever the service calls the new pair', async () => {
    const machine = await new Machine(ECS).ready(['web-1']);
    const first = await machine.rotate('--type', 'rsa-2048');
    expect(first.exit, first.stderr).toBe(0);
    const [named] = JSON.parse((await machine.keypair('list', '--json')).stdout) as { name: string }[];
    expect(named?.name).toMatch(/^foo_\d{8}$/);
    const second = await machine.rotate('--type', 'rsa-2048');
    expect(statesOf(second)).toEqual({ 'i-sandbox1': 'retired' });
    expect(await machine.login('web-1', machine.foo)).toMatchObject({ exit: 0, stdout: 'in\n' });
  });

  it('names what does not run, and leaves it and the old pair alone', async () => {
    const machine = await new Machine(ECS).ready(['web-1', 'batch-1']);
    const old = keyOf(machine.foo);
    const rotated = await machine.rotate('--type', 'rsa-2048');
    expect(rotated.exit).toBe(7);
    expect(statesOf(rotated)).toEqual({ 'i-sandbox1': 'retired', 'i-sandbox3': 'skipped' });
    expect(rotated.stderr).toMatch(/keypair authorize foo_\d{8} i-sandbox3 /);
    expect(keyOf(machine.foo)).toBe(old);
    expect((await machine.login('web-1', machine.foo)).exit).toBe(255);
    const [fresh = ''] = machine.keyFiles.filter((name) => /^foo_\d{8}$/.test(name));
    expect(await machine.login('web-1', path.join(machine.home, '.ssh', fresh))).toMatchObject({ exit: 0 });
    expect(JSON.parse((await machine.keypair('list', '--json')).stdout)).toHaveLength(2);
  });

  it('keeps the old key for the time of --grace, and takes it off with --resume', async () => {
    const machine = await new Machine(CVM).ready(['web-1'], '--force-stop');
    const begun = await machine.rotate('--type', 'rsa-2048', '--grace', '20s');
    expect(begun).toMatchObject({ exit: 0 });
    expect(statesOf(begun)).toEqual({ 'ins-sandbox1': 'proven' });
    for (const key of [machine.foo, machine.trashed('foo')])
      expect(await machine.login('web-1', key)).toMatchObject({ exit: 0, stdout: 'in\n' });
    expect((await machine.keypair('rotate', 'foo', '--abort')).exit).toBe(5);
    await vi.waitFor(
      async () => {
        expect(statesOf(await machine.rotate('--resume'))).toEqual({ 'ins-sandbox1': 'retired' });
      },
      { timeout: 60_000, interval: 2000 },
    );
    expect(await machine.login('web-1', machine.foo)).toMatchObject({ exit: 0 });
    expect((await machine.login('web-1', machine.trashed('foo'))).exit).toBe(255);
  });

  it('touches nothing but the canary when the canary fails, and is undone then', async () => {
    const machine = await new Machine(ECS).ready(['web-1', 'web-2']);
    for (const web of ['web-1', 'web-2']) expect((await machine.login(web, machine.foo)).exit).toBe(0);
    const keysOf = (id: string): string =>
      path.join(machine.home, '.local/state/keypair/sandbox/ssh/ecs/cn-hangzhou', id, 'disk/root/.ssh/authorized_keys');
    const [canary, other] = [keysOf('i-sandbox1'), keysOf('i-sandbox2')];
    const before = readFileSync(other, 'utf8');
    // The first server lets nobody change its keys.
    renameSync(canary, path.resolve(canary, '../../../keys'));
    symlinkSync('../../keys', canary);
    const rotated = await machine.rotate('--type', 'rsa-2048', '--via', 'agent', '--canary', '1');
    expect(rotated.exit).toBe(7);
    expect(statesOf(rotated)).toEqual({ 'i-sandbox1': 'failed', 'i-sandbox2': 'pending' });
    const undone = await machine.keypair('rotate', 'foo', '--abort');
    expect(undone).toMatchObject({ exit: 0 });
    for (const file of [canary, other]) expect(readFileSync(file, 'utf8')).toBe(before);
    expect(machine.keyFiles).toEqual(['foo', 'foo.pub']);
    expect(await machine.login('web-1', machine.foo)).toMatchObject({ exit: 0, stdout: 'in\n' });
  });

  it('goes on with the others when the canary is proven', async () => {
    const machine = await new Machine(LIGHTHOUSE).ready(['web-1', 'web-2'], '--online', '--user', 'root');
    const rotated = await machine.rotate('--type', 'rsa-2048', '--canary', '1', '--via', 'online');
    expect(rotated).toMatchObject({ exit: 0, stderr: '' });
    expect(Object.values(statesOf(rotated))).toEqual(['retired', 'retired']);
  });
});
