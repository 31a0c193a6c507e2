import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createSession } from '../../src/cli/session.ts';
import { resolveSettings } from '../../src/cli/settings.ts';
import { KeypairError, SeveralFailures } from '../../src/errors.ts';
import { rotate, type RotateFlags } from '../../src/operations/rotate/rotate.ts';
import type { ServerResult } from '../../src/operations/rotate/work.ts';
import { noteServerKey, type ServerKeyNote } from '../../src/storage/server-keys.ts';
import { FakeServers, filesBelow, keyOf } from '../support/fake-servers.ts';
import { runInside } from '../support/inside.ts';
import { placeOf } from '../support/places.ts';
import { serveSandbox, type Served } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** The name that a rotation of `foo` gives the new pair. */
const DATED = `foo_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`;

const open: Served[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((served) => served.close()));
});

/** What one run of `rotate` did. */
interface Ran {
  readonly exit: number;
  readonly stderr: string;
  readonly states: Readonly<Record<string, ServerResult['state']>>;
  readonly names: Readonly<Record<string, string | null>>;
  readonly pair: string | null;
  readonly file: string | null;
}

/** A home with the pair `foo`, and three servers that it opens. */
class Room {
  readonly home = temporaryDirectory();
  readonly servers = new FakeServers();
  readonly ids: readonly string[];
  readonly provider: string;
  /** How far the clock is put on, in milliseconds. */
  shift = 0;
  #pid = 1000;
  #env: Readonly<Record<string, string>> = {};

  constructor(provider: string) {
    this.provider = provider;
    const { instance } = placeOf(provider);
    this.ids = [2, 3, 4].map((number) => instance(number));
  }

  get now(): Date {
    return new Date(Date.now() + this.shift);
  }

  keypair = (...args: readonly string[]): ReturnType<typeof runInside> =>
    runInside([...args, '-p', this.provider, '--yes'], { home: this.home, env: this.#env, now: () => this.now });

  async ready(): Promise<this> {
    const served = await serveSandbox({ now: () => this.now });
    open.push(served);
    this.#env = served.env;
    const made = await this.keypair('create', '--name', 'foo', '--local', '--type', 'rsa-2048');
    expect(made.stderr + String(made.exit)).toMatch(/0$/);
    const force = this.provider === 'aliyun' || this.provider === 'lighthouse' ? [] : ['--force-stop'];
    const attached = await this.keypair('attach', 'foo', ...this.ids, '--wait', ...force);
    expect(attached.stderr + String(attached.exit)).toMatch(/0$/);
    const key = keyOf(this.file('foo')) ?? '';
    for (const id of this.ids) this.servers.keys.set(id, new Set([key]));
    return this;
  }

  file = (name: string): string => path.join(this.home, '.ssh', name);

  get state(): string {
    return path.join(this.home, '.local/state/keypair');
  }

  get journal(): readonly string[] {
    return filesBelow(path.join(this.state, 'rotations'));
  }

  /** The stage of the only open rotation. */
  get stage(): unknown {
    const [file = ''] = this.journal;
    return (JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>)['stage'];
  }

  /** Ids of instances that no key of this home opens. */
  get lockedOut(): readonly string[] {
    return this.servers.lockedOut(path.join(this.home, '.ssh'), path.join(this.state, 'trash'));
  }

  /** Notes what the program would have noted after it had put the key of a file on a server, or taken it off. */
  async noteKey(base64: string, instance: string, on: boolean): Promise<void> {
    const [made = ''] = filesBelow(path.join(this.state, 'made'));
    const { region, endpoint, sandbox } = JSON.parse(readFileSync(made, 'utf8')) as ServerKeyNote;
    const digest = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64').replace(/=+$/, '');
    await noteServerKey(this.state, {
      provider: this.provider,
      region,
      endpoint,
      sandbox,
      instance,
      user: 'ubuntu',
      fingerprint: `SHA256:${digest}`,
      on,
    });
  }

  async rotate(flags: RotateFlags = {}, ...instances: readonly string[]): Promise<Ran> {
    this.#pid += 1;
    const { context } = await runInside(['--version'], { home: this.home, env: this.#env }).catch(() => {
      throw new Error('no context');
    });
    let stderr = '';
    const world = Object.create(context, {
      pid: { value: this.#pid },
      now: { value: () => this.now },
      stderr: { value: { write: (text: string) => ((stderr += text), true) } },
    }) as typeof context;
    const settings = resolveSettings({ provider: this.provider, yes: true }, this.#env);
    const states: Record<string, ServerResult['state']> = {};
    const names: Record<string, string | null> = {};
    let pair: string | null = null;
    let file: string | null = null;
    const show = {
      planned: ({ placed }: { readonly placed: { readonly instance: { readonly id: string } } }) => {
        states[placed.instance.id] = 'pending';
      },
      server: ({ instance, instanceName, state }: ServerResult) => {
        names[instance] = instanceName;
        expect(states[instance]).toBeUndefined();
        states[instance] = state;
      },
      pair: (known: { readonly pair: { readonly name: string }; readonly privateKeyPath: string | null }) => {
        pair = known.pair.name;
        file = known.privateKeyPath;
        return Promise.resolve();
      },
    };
    const session = createSession(world, settings);
    const goesOn = flags.resume === true || flags.abort === true;
    try {
      await rotate(
        session,
        'foo',
        instances,
        { settle: '0', ...(goesOn ? {} : { type: 'rsa-2048' }), ...flags },
        show,
        this.servers.means,
      );
      return { exit: 0, stderr, states, names, pair, file };
    } catch (error) {
      if (error instanceof KeypairError) session.reportError(error);
      else if (!(error instanceof SeveralFailures)) throw error;
      return { exit: error.exitCode, stderr, states, names, pair, file };
    }
  }

  /** All servers have one key, which is in `~/.ssh/<name>`. */
  expectOnly(name: string): void {
    const key = keyOf(this.file(name));
    for (const id of this.ids) expect([...(this.servers.keys.get(id) ?? [])]).toEqual([key]);
  }

  async pairs(): Promise<readonly string[]> {
    const { stdout } = await this.keypair('list', '--json');
    return (JSON.parse(stdout) as readonly { readonly name: string }[]).map(({ name }) => name).sort();
  }
}

/** Every act on every service, or each act on one of them. */
const EXHAUSTIVE = process.env['KEYPAIR_FAULTS'] === 'all';

const PROVIDERS = ['tencent', 'lighthouse', 'aliyun'];

describe.each(PROVIDERS)('rotate on %s', { timeout: EXHAUSTIVE ? 900_000 : 300_000 }, (provider) => {
  it('ends with the new key alone, under the old name, and the old one in the trash', async () => {
    const room = await new Room(provider).ready();
    const old = keyOf(room.file('foo'));
    const ran = await room.rotate();
    expect(ran).toMatchObject({ exit: 0, file: room.file('foo') });
    expect(Object.values(ran.states)).toEqual(['retired', 'retired', 'retired']);
    room.expectOnly('foo');
    expect(keyOf(room.file('foo'))).not.toBe(old);
    expect(
      filesBelow(path.join(room.state, 'trash'))
        .map((file) => path.basename(file))
        .sort(),
    ).toEqual(['.keypair-trash.json', 'foo', 'foo.pub']);
    expect(readdirSync(path.join(room.home, '.ssh')).sort()).toEqual(['foo', 'foo.pub']);
    expect(room.journal).toEqual([]);
    // Only ECS follows without a stop; the old pair goes when nothing refers to it.
    expect(await room.pairs()).toEqual(provider === 'aliyun' ? [DATED] : ['foo', DATED]);
    expect((await room.keypair('show', DATED, '--json')).stdout).toContain(room.file('foo'));
  });

  it('can be undone while the old key still opens everything', async () => {
    const room = await new Room(provider).ready();
    const old = keyOf(room.file('foo'));
    let adds = 0;
    room.servers.disturb = (_id, what, when) => {
      if (what === 'add' && when === 'before' && (adds += 1) === 2)
        throw new KeypairError('UNAVAILABLE', 'no answer', { outcome: 'unknown' });
    };
    const ran = await room.rotate({ parallel: '1' });
    expect(ran.exit).toBe(7);
    expect(Object.values(ran.states).sort()).toEqual(['failed', 'pending', 'proven']);
    expect(ran.stderr).toContain('nothing of the old key was touched');
    expect(ran.stderr).toContain('keypair rotate foo --resume');
    for (const id of room.ids) expect(room.servers.keys.get(id)).toContain(old);
    room.servers.disturb = () => undefined;
    expect(await room.rotate({ abort: true })).toMatchObject({ exit: 0 });
    room.expectOnly('foo');
    expect(keyOf(room.file('foo'))).toBe(old);
    expect(room.journal).toEqual([]);
    expect(await room.pairs()).toEqual(['foo']);
    expect(existsSync(room.file(DATED))).toBe(false);
  });

  it('goes on after an end at any act, and nobody is locked out', async () => {
    const count = { all: 0 };
    const first = await new Room(provider).ready();
    first.servers.disturb = () => void (count.all += 1);
    expect(await first.rotate()).toMatchObject({ exit: 0 });
    const step = EXHAUSTIVE ? 1 : PROVIDERS.length;
    for (let end = EXHAUSTIVE ? 1 : 1 + PROVIDERS.indexOf(provider); end <= count.all; end += step) {
      const room = await new Room(provider).ready();
      let left = end;
      room.servers.disturb = () => {
        left -= 1;
        if (left === 0) throw new Error('the process ends here');
      };
      await expect(room.rotate({ parallel: '2' })).rejects.toThrow('the process ends here');
      expect([end, room.lockedOut]).toEqual([end, []]);
      room.servers.disturb = () => {
        expect([end, room.lockedOut]).toEqual([end, []]);
      };
      // It may have ended while it looked, before anything was noted.
      if (room.journal.length === 0) continue;
      const before = room.stage;
      const undoes = end % 2 === 0 && ['planned', 'made'].includes(String(before));
      const ran = await room.rotate(undoes ? { abort: true } : { resume: true });
      expect([end, before, ran.stderr, ran.exit]).toEqual([end, before, ran.stderr, 0]);
      room.expectOnly('foo');
      expect(room.journal).toEqual([]);
    }
  });
});

describe('a rotation', { timeout: 30_000 }, () => {
  it('keeps the old key for the time of --grace', async () => {
    const room = await new Room('aliyun').ready();
    const begun = await room.rotate({ grace: '24h' });
    expect(begun).toMatchObject({ exit: 0, file: room.file('foo') });
    expect(Object.values(begun.states)).toEqual(['proven', 'proven', 'proven']);
    expect(begun.stderr).toContain(new Date(room.now.getTime() + 24 * 3_600_000).toISOString().slice(0, 13));
    const early = await room.rotate({ resume: true });
    expect(early).toMatchObject({ exit: 0, states: {} });
    expect(early.stderr).toContain('not yet');
    expect(room.servers.keys.get(room.ids[0] ?? '')?.size).toBe(2);
    expect((await room.rotate({ abort: true })).exit).toBe(5);
    room.shift = 24 * 3_600_000;
    expect(await room.rotate({ resume: true })).toMatchObject({ exit: 0 });
    room.expectOnly('foo');
  });

  it('touches nothing more when the canary fails', async () => {
    const room = await new Room('aliyun').ready();
    room.servers.disturb = (id, what) => {
      if (what === 'prove') room.servers.keys.get(id)?.clear();
    };
    const ran = await room.rotate({ canary: '1' });
    expect(ran.exit).toBe(7);
    expect(Object.values(ran.states).sort()).toEqual(['failed', 'pending', 'pending']);
    expect(room.servers.asked.filter((what) => what.startsWith('add'))).toHaveLength(1);
  });

  it('leaves alone what does not run, and keeps the old pair for it', async () => {
    const room = await new Room('aliyun').ready();
    const old = keyOf(room.file('foo'));
    room.servers.closed.add(room.ids[2] ?? '');
    const ran = await room.rotate();
    expect(ran.exit).toBe(7);
    expect(Object.values(ran.states).sort()).toEqual(['retired', 'retired', 'skipped']);
    expect(keyOf(room.file('foo'))).toBe(old);
    expect(room.lockedOut).toEqual([]);
    expect(await room.pairs()).toEqual(['foo', DATED]);
    expect(ran.stderr).toContain(`keypair authorize ${DATED}`);
    expect(room.journal).toEqual([]);
  });

  it('leaves key files of the user where they are', async () => {
    const room = await new Room('aliyun').ready();
    const mine = `${readFileSync(room.file('foo'), 'utf8')}\n# mine\n`;
    writeFileSync(room.file('foo'), mine);
    expect(await room.rotate()).toMatchObject({ exit: 0, file: room.file(DATED) });
    expect(readFileSync(room.file('foo'), 'utf8')).toBe(mine);
  });

  it('puts the old key back when the new one no longer opens the server', async () => {
    const room = await new Room('aliyun').ready();
    const old = keyOf(room.file('foo')) ?? '';
    room.servers.disturb = (id, what, when) => {
      if (what === 'remove' && when === 'after') room.servers.keys.get(id)?.clear();
    };
    const ran = await room.rotate({ parallel: '1' });
    expect(ran.exit).toBe(7);
    for (const id of room.ids) expect(room.servers.keys.get(id)).toContain(old);
    expect(room.lockedOut).toEqual([]);
    expect(room.stage).toBe('switched');
  });

  it('leaves nothing for doctor to miss where the old pair stays in the cloud', async () => {
    const room = await new Room('tencent').ready();
    expect(await room.rotate()).toMatchObject({ exit: 0 });
    const { stdout } = await room.keypair('doctor', '-r', 'ap-guangzhou', '--json');
    expect(stdout).not.toContain('is gone from');
  });

  it('takes the servers that have the key, whatever the cloud still names', async () => {
    const room = await new Room('tencent').ready();
    const [first = '', ...rest] = room.ids;
    await room.noteKey(keyOf(room.file('foo')) ?? '', first, false);
    expect(Object.keys((await room.rotate({ dryRun: true })).states)).toEqual(rest);
    for (const id of rest) await room.noteKey(keyOf(room.file('foo')) ?? '', id, false);
    const none = await room.rotate({ dryRun: true });
    expect(none.exit).toBe(3);
    expect(none.stderr).toContain('keypair has taken its key off');
    const { instance } = placeOf('tencent');
    await room.noteKey(keyOf(room.file('foo')) ?? '', instance(1), true);
    expect(Object.keys((await room.rotate({ dryRun: true })).states)).toEqual([instance(1)]);
  });

  it('names the servers as people do', async () => {
    const room = await new Room('aliyun').ready();
    room.servers.closed.add(room.ids[2] ?? '');
    const ran = await room.rotate();
    expect(ran.stderr).toContain('web-2 (i-sandbox2): through its agent, user root');
    expect(ran.stderr).toContain('batch-2 (i-sandbox4) is left alone');
    expect(ran.names).toMatchObject({ 'i-sandbox2': 'web-2', 'i-sandbox4': 'batch-2' });
  });

  it('says that the new private key has no passphrase when the old one has', async () => {
    const room = await new Room('aliyun').ready();
    execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret', '-f', room.file('foo')]);
    const ran = await room.rotate({ dryRun: true });
    expect(ran.stderr).toContain(`keypair passphrase ${room.file('foo')}`);
  });

  it('says so when the new private key cannot be used, before it tries', async () => {
    const room = await new Room('aliyun').ready();
    await room.rotate({ grace: '1s' });
    room.shift = 60_000;
    const asked = room.servers.asked.length;
    const file = room.file('foo');
    execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret', '-f', file]);
    const locked = await room.rotate({ resume: true });
    expect(locked.exit).toBe(7);
    expect(locked.stderr).toContain(`keypair passphrase ${file} --remove`);
    execFileSync('ssh-keygen', ['-q', '-p', '-P', 'secret', '-N', '', '-f', file]);
    const right = readFileSync(file);
    rmSync(file);
    expect((await room.rotate({ resume: true })).stderr).toContain('does not hold the private key');
    expect(room.servers.asked).toHaveLength(asked);
    writeFileSync(file, right, { mode: 0o600 });
    expect(await room.rotate({ resume: true })).toMatchObject({ exit: 0 });
  });

  it('goes on without a server that was released', async () => {
    const room = await new Room('aliyun').ready();
    await room.rotate({ grace: '1s' });
    room.shift = 60_000;
    const [journal = ''] = room.journal;
    writeFileSync(journal, readFileSync(journal, 'utf8').replace('"i-sandbox4"', '"i-released"'));
    const ran = await room.rotate({ resume: true });
    expect(ran.exit).toBe(0);
    expect(ran.stderr).toContain('no longer lists batch-2 (i-released)');
    expect(room.journal).toEqual([]);
  });

  it('keeps both pairs from being deleted', async () => {
    const room = await new Room('tencent').ready();
    await room.rotate({ grace: '1h' });
    for (const name of ['foo', DATED]) {
      const refused = await room.keypair('delete', name, '-r', 'ap-guangzhou', '--local-files');
      expect([name, refused.exit]).toEqual([name, 5]);
      expect(refused.stderr).toContain('keypair rotate foo --resume');
    }
    expect(await room.pairs()).toEqual(['foo', DATED]);
    expect(existsSync(room.file('foo'))).toBe(true);
  });

  it('says what was done when it is cancelled after the old key came off', async () => {
    const room = await new Room('aliyun').ready();
    room.servers.disturb = (_id, what, when) => {
      if (
        what === 'prove' &&
        when === 'before' &&
        room.journal.length > 0 &&
        room.stage === 'switched' &&
        room.servers.asked.at(-2)?.startsWith('remove')
      )
        throw new KeypairError('CANCELLED', 'cancelled: nothing was changed');
    };
    const ran = await room.rotate({ parallel: '1' });
    expect(ran.exit).toBe(7);
    expect(ran.stderr).toContain('cancelled: the new key is on it, the old one may be off');
    expect(ran.stderr).not.toContain('nothing was changed');
  });

  it('is not begun twice', async () => {
    const room = await new Room('aliyun').ready();
    room.servers.disturb = (_id, what) => {
      if (what === 'add') throw new KeypairError('UNAVAILABLE', 'no');
    };
    expect((await room.rotate()).exit).toBe(7);
    const again = await room.rotate();
    expect(again.exit).toBe(5);
    expect(again.stderr).toContain('--resume');
    expect(room.journal).toHaveLength(1);
  });

  it('that only shows what it would do changes nothing', async () => {
    const room = await new Room('aliyun').ready();
    // The service itself is asked, and the sandbox's third instance does not run.
    expect(await room.rotate({ dryRun: true }, room.ids[0] ?? '')).toMatchObject({ exit: 0, pair: null });
    expect(room.servers.asked).toEqual([]);
    expect(room.journal).toEqual([]);
    expect(await room.pairs()).toEqual(['foo']);
  });
});
