import { existsSync, lstatSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Service } from '../../sandbox/behaviour.ts';
import { addToLedger } from '../../src/storage/ledger-file.ts';
import { PLACES } from '../support/places.ts';
import { ended, type Run, start } from '../support/program.ts';
import { type Served, serveSandbox } from '../support/served.ts';
import { KEYS, keypairOnTerminal, type OnTerminal } from '../support/terminal.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

/** Writes down which files the program opens. */
const COUNT_OPENED = path.resolve(import.meta.dirname, '../support/opened.cjs');

describe('delete', () => {
  let home: string;
  let served: Served;
  beforeEach(async () => {
    home = temporaryDirectory();
    served = await serveSandbox({ behaviour: { requestsPerSecond: null, operationMs: 0 } });
  });
  afterEach(() => served.close());

  const keypair = (...args: string[]): Promise<Run> => served.run(args, { home });
  const remove = (...args: string[]): Promise<Run> => keypair('delete', '-p', 'tencent', ...args);
  const seed = (names: readonly string[], service: Service = 'cvm', region = 'ap-guangzhou'): string[] =>
    served.sandbox
      .seed({ service, region, count: names.length, name: (index) => names[index] ?? '' })
      .map(({ id }) => id);
  const left = async (provider = 'tencent'): Promise<string> => (await keypair('list', '-p', provider, '-q')).stdout;
  const deletions = (): number => served.sandbox.log.filter(({ action }) => action.startsWith('DeleteKeyPair')).length;

  it.each(PLACES)('deletes a pair of $provider', async ({ provider, service, region }) => {
    seed(['foo', 'bar'], service, region);
    const { exit, stdout, stderr } = await keypair('delete', '-p', provider, 'foo', '--yes', '--json');
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      provider,
      region,
      name: 'foo',
      // Alibaba goes by names, and tells ids once.
      id: region === 'cn-hangzhou' ? null : (expect.stringMatching(/^(skey|lhkp)-/) as string),
      deleted: true,
      trashed: [],
      sandbox: false,
    });
    expect(await left(provider)).toBe('bar\n');
  });

  it('reads each note of what was made once, however many pairs are deleted', async () => {
    const state = path.join(home, '.local/state/keypair');
    const made = { provider: 'tencent', region: 'ap-guangzhou', sandbox: false, fingerprint: null };
    const rest = {
      privateKeyFile: null,
      madeAt: new Date(0).toISOString(),
      profile: null,
      signer: null,
      wroteFile: false,
    };
    const noted = (id: string, endpoint = served.env['KEYPAIR_ENDPOINT'] ?? ''): Promise<void> =>
      addToLedger(state, { ...made, ...rest, endpoint, name: 'foo', id });
    for (let count = 0; count < 300; count += 1) await noted(`skey-${count}`, 'http://127.0.0.1:1');
    const names = Array.from({ length: 30 }, (_, index) => `foo${index}`);
    for (const id of seed(names)) await noted(id);
    const log = path.join(home, 'opened');
    const env = { OPENED: log, NODE_OPTIONS: `--require ${COUNT_OPENED}` };
    const args = ['delete', '-p', 'tencent', ...names, '--yes'];
    const { exit, stdout } = await served.run(args, { home, env });
    expect(exit).toBe(0);
    expect(stdout.match(/deleted foo/g)).toHaveLength(30);
    expect(readdirSync(path.join(state, 'made'))).toHaveLength(300);
    const opened = readFileSync(log, 'utf8')
      .split('\n')
      .filter((file) => file.includes('/made/'));
    expect(opened).toHaveLength(330);
  }, 60_000);

  it('works on the oldest interface', async () => {
    const [id = ''] = seed(['foo']);
    const { exit, stdout } = await keypair('delete', '-p', 'qcloud', '--api-version', 'v2', id, '-y', '-q');
    expect([exit, stdout]).toEqual([0, 'foo\n']);
    expect(await left()).toBe('');
  });

  it('says what it did, piped and with --quiet', async () => {
    seed(['foo', 'bar']);
    const piped = await remove('foo', '--yes');
    expect(piped).toMatchObject({ exit: 0, stdout: 'deleted foo\n' });
    expect(piped.stderr).not.toContain('\u001b');
    expect(await remove('bar', '--yes', '-q')).toMatchObject({ exit: 0, stdout: 'bar\n', stderr: '' });
  });

  it('takes names and ids, and each pair once', async () => {
    const [id = ''] = seed(['foo', 'bar', 'baz']);
    const { stdout } = await remove(id, 'baz', 'foo', 'baz', '--yes', '-q');
    expect(stdout).toBe('foo\nbaz\n');
    expect(await left()).toBe('bar\n');
  });

  it('deletes 250 pairs in as few requests as the service takes, a JSON line each', async () => {
    const names = Array.from({ length: 250 }, (_, index) => `k${index}`);
    seed(names);
    const { exit, stdout, stderr } = await remove(...names, '--yes', '--json');
    expect([exit, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual(names);
    expect(deletions()).toBe(3);
    expect(await left()).toBe('');
  });

  describe('deletes nothing', () => {
    it.each([
      [['foo'], 2, '--yes'],
      [['foo', '--json'], 2, '--yes'],
      [['foo', '--no-input'], 2, '--yes'],
      [['', '--yes'], 2, 'empty'],
      [['--yes'], 2, 'NAME'],
    ])('for %j', async (args, code, word) => {
      seed(['foo']);
      const { exit, stdout, stderr } = await remove(...args);
      expect(stderr).toContain(word);
      expect([exit, stdout]).toEqual([code, '']);
      expect(served.sandbox.log).toEqual([]);
    });

    it('and names all that is missing at once', async () => {
      expect(await keypair('delete', 'foo')).toMatchObject({
        exit: 2,
        stderr: expect.stringContaining('missing: --provider, --yes') as string,
      });
    });

    it('when one of several is not there, and names all that are not', async () => {
      seed(['foo']);
      const { exit, stderr } = await remove('foo', 'nope', 'skey-00000000', '--yes', '--json');
      expect(exit).toBe(3);
      expect(JSON.parse(stderr)).toMatchObject({
        error: {
          code: 'NOT_FOUND',
          region: 'ap-guangzhou',
          message: expect.stringContaining('nope, skey-00000000') as string,
        },
      });
      expect(await left()).toBe('foo\n');
    });
  });

  it.each(PLACES)(
    'says of a pair of $provider where it is bound, and goes on with the rest',
    async ({ provider, service, region, ...place }) => {
      const instance = place.instance(3);
      seed(['bound', 'free'], service, region);
      await keypair('attach', '-p', provider, 'bound', instance, '--yes');
      const { exit, stdout, stderr } = await keypair('delete', '-p', provider, 'bound', 'free', '--yes');
      expect(stderr).toContain(`warning: bound is bound to ${instance}`);
      expect(stderr).toMatch(/^keypair: error: bound: /m);
      expect([exit, stdout]).toEqual([5, 'deleted free\n']);
      expect(await left(provider)).toBe('bound\n');
    },
  );

  it('deletes also where instances may not be seen', async () => {
    seed(['foo'], 'ecs', 'cn-hangzhou');
    served.sandbox.fault({ kind: 'error', code: 'Forbidden.RAM', status: 403, action: 'DescribeInstances' });
    const { exit, stderr } = await keypair('delete', '-p', 'aliyun', 'foo', '--yes');
    expect(stderr).toContain('cannot see which instances foo is bound to');
    expect(exit).toBe(0);
  });

  it.each([
    ['after', /^foo: .*it was deleted$/, []],
    ['before', /^foo: .*it still exists$/, ['foo']],
  ] as const)('looks what became of it when the answer is lost (%s)', async (when, words, left) => {
    seed(['foo', 'other']);
    served.sandbox.fault({ kind: 'drop', when, action: 'DeleteKeyPairs' });
    const { exit, stdout, stderr } = await remove('foo', '--yes', '--json');
    expect([exit, stdout]).toEqual([7, '']);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'PARTIAL', message: expect.stringMatching(words) as string },
    });
    const { stdout: listed } = await keypair('list', '-p', 'tencent', '--json', '--name', 'foo');
    expect((JSON.parse(listed) as { readonly name: string }[]).map(({ name }) => name)).toEqual(left);
  });

  it('is PARTIAL, and says where to look, when it cannot be told', async () => {
    await served.close();
    served = await serveSandbox({
      onRequest: ({ action }) => {
        if (action !== 'DeleteKeyPairs') return;
        served.sandbox.fault({ kind: 'error', code: 'UnauthorizedOperation', action: 'DescribeKeyPairs' });
      },
    });
    const [id = ''] = seed(['foo']);
    served.sandbox.fault({ kind: 'drop', when: 'after', action: 'DeleteKeyPairs' });
    const { exit, stdout, stderr } = await remove('foo', '--yes', '--json');
    expect([exit, stdout]).toEqual([7, '']);
    expect(JSON.parse(stderr)).toMatchObject({
      error: {
        code: 'PARTIAL',
        message: expect.stringMatching(/^foo: .*cannot tell whether it was deleted/) as string,
        hints: expect.arrayContaining([expect.stringContaining(`keypair show ${id}`)]) as string[],
      },
    });
    expect(deletions()).toBe(1);
  });

  it('stops at credentials that may not delete', async () => {
    const names = Array.from({ length: 150 }, (_, index) => `k${index}`);
    seed(names);
    served.sandbox.fault({
      kind: 'error',
      code: 'UnauthorizedOperation',
      action: 'DeleteKeyPairs',
      times: 9,
    });
    const { exit, stdout, stderr } = await remove(...names, '--yes');
    expect([exit, stdout]).toEqual([4, '']);
    expect(stderr.match(/error:/g)).toHaveLength(1);
    expect(deletions()).toBe(1);
  });

  it('ends what it has asked for at Ctrl-C, and says what is left', async () => {
    const names = Array.from({ length: 120 }, (_, index) => `k${index}`);
    await served.close();
    let child: ReturnType<typeof start> | null = null;
    served = await serveSandbox({
      behaviour: { requestsPerSecond: null },
      onRequest: ({ action }) => {
        if (action !== 'DeleteKeyPairs') return;
        child?.kill('SIGINT');
        // The answer leaves when the signal has been heard: of two that come at once either may be first.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      },
    });
    seed(names);
    child = start(['delete', '-p', 'tencent', ...names, '--yes'], { home, env: served.env });
    const { exit, stdout, stderr } = await ended(child);
    expect(exit).toBe(130);
    expect(stdout.trimEnd().split('\n')).toHaveLength(100);
    expect(stderr).toContain('not deleted: k100, k101');
    expect((await left()).trimEnd().split('\n')).toHaveLength(20);
  });

  describe('and the key files', () => {
    const ssh = (...name: string[]): string => path.join(home, '.ssh', ...name);
    beforeEach(async () => {
      expect(await keypair('create', '-p', 'tencent', '--name', 'foo', '-q')).toMatchObject({ exit: 0 });
    });

    it('leaves them, and says so', async () => {
      const { exit, stderr } = await remove('foo', '--yes');
      expect(exit).toBe(0);
      expect(stderr).toContain(`stay (--local-files moves them to the trash): ${ssh('foo')}, ${ssh('foo.pub')}`);
      expect(readdirSync(ssh()).sort()).toEqual(['foo', 'foo.pub']);
    });

    it('says with --dry-run which of them would go', async () => {
      const { exit, stdout } = await remove('foo', '--local-files', '--dry-run', '--json');
      expect([exit, JSON.parse(stdout)]).toMatchObject([
        0,
        { dryRun: true, name: 'foo', trashed: [ssh('foo'), ssh('foo.pub')], kept: [] },
      ]);
      expect((await remove('foo', '--local-files', '--dry-run')).stdout).toContain(
        `and move ${ssh('foo')}, ${ssh('foo.pub')} to the trash`,
      );
      expect(existsSync(ssh('foo'))).toBe(true);
    });

    it('moves them to the trash by --local-files, and no others', async () => {
      const content = readFileSync(ssh('foo'), 'utf8');
      writeFileSync(ssh('other'), 'mine');
      const { exit, stdout, stderr } = await remove('foo', '--yes', '--local-files', '--json');
      expect([exit, stderr]).toEqual([0, '']);
      const { trashed } = JSON.parse(stdout) as { trashed: readonly string[] };
      expect(trashed.map((file) => path.basename(file))).toEqual(['foo', 'foo.pub']);
      const [kept = ''] = trashed;
      expect(path.dirname(path.dirname(kept))).toBe(path.join(home, '.local/state/keypair/trash'));
      expect(path.basename(path.dirname(kept))).toMatch(/^\d{4}-\d\d-\d\dT\d{6}Z-/);
      expect(readFileSync(kept, 'utf8')).toBe(content);
      expect(modeOf(kept)).toBe(0o600);
      expect(readdirSync(ssh())).toEqual(['other']);
    });

    it('says where they are now', async () => {
      const { stderr } = await remove('foo', '--yes', '--local-files');
      const [, kept = ''] = /are in the trash now: (\S+),/.exec(stderr) ?? [];
      expect(existsSync(kept), stderr).toBe(true);
    });

    it('leaves what was moved to another --key-dir', async () => {
      renameSync(ssh(), path.join(home, 'keys'));
      const { stdout } = await remove('foo', '--yes', '--local-files', '--key-dir', 'keys', '--json');
      expect(JSON.parse(stdout)).toMatchObject({ trashed: [], kept: [{}, {}] });
      expect(readdirSync(path.join(home, 'keys'))).toEqual(['foo', 'foo.pub']);
    });

    it('keeps them where they are when the cloud refuses', async () => {
      await keypair('attach', '-p', 'tencent', 'foo', 'ins-sandbox3', '--yes');
      expect((await remove('foo', '--yes', '--local-files')).exit).toBe(5);
      expect(readdirSync(ssh()).sort()).toEqual(['foo', 'foo.pub']);
    });

    it('is PARTIAL when the trash cannot be reached', async () => {
      const state = path.join(home, '.local/state/keypair');
      writeFileSync(path.join(state, 'trash'), 'a file');
      const { exit, stdout, stderr } = await remove('foo', '--yes', '--local-files', '--json');
      expect(exit).toBe(7);
      expect(JSON.parse(stdout)).toMatchObject({ deleted: true, trashed: [] });
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'PARTIAL' } });
      expect(lstatSync(ssh('foo')).isFile()).toBe(true);
    });
  });

  describe('on a terminal', () => {
    const terminal = (...args: string[]): OnTerminal =>
      keypairOnTerminal(['delete', '-p', 'tencent', ...args], { home, env: served.env });

    it('asks for yes or no, and shows what is bound', async () => {
      seed(['foo']);
      await keypair('attach', '-p', 'tencent', 'foo', 'ins-sandbox3', '--yes');
      await using asked = terminal('foo');
      await asked.shows(/Delete foo \(skey-\w+\) in tencent, ap-guangzhou\?/);
      expect(asked.screen()).toContain('foo is bound to ins-sandbox3');
      asked.type(KEYS.enter);
      expect(await asked.ended()).toBe(130);
      expect(asked.screen()).toContain('cancelled: nothing was changed');
      expect(deletions()).toBe(0);
    });

    it('deletes after a yes', async () => {
      seed(['foo']);
      await using asked = terminal('foo');
      await asked.shows('Delete foo');
      asked.type(`y${KEYS.enter}`);
      expect(await asked.ended()).toBe(0);
      expect(asked.screen()).toContain('deleted foo');
    });

    it('has the number of several typed', async () => {
      seed(['a', 'b', 'c']);
      await using asked = terminal('a', 'b', 'c');
      await asked.shows('Type 3 for yes:');
      asked.type(`y${KEYS.enter}`);
      await asked.shows('type 3 to confirm, or nothing');
      expect(deletions()).toBe(0);
      asked.type(`${KEYS.clear}3${KEYS.enter}`);
      expect(await asked.ended()).toBe(0);
      expect(await left()).toBe('');
    });

    it.each([
      ['nothing typed', KEYS.enter],
      ['Ctrl-C', KEYS.ctrlC],
    ])('leaves several alone at %s', async (_what, keys) => {
      seed(['a', 'b']);
      await using asked = terminal('a', 'b');
      await asked.shows('Type 2 for yes:');
      asked.type(keys);
      expect(await asked.ended()).toBe(130);
      expect(asked.screen()).toContain('cancelled: nothing was changed');
      expect(deletions()).toBe(0);
    });

    it('asks nothing with --yes', async () => {
      seed(['a', 'b']);
      await using answered = terminal('a', 'b', '-y');
      expect(await answered.ended()).toBe(0);
      expect(answered.screen()).not.toContain('Delete');
    });

    it.each(['--no-input', '--json'])('asks nothing with %s', async (flag) => {
      seed(['foo']);
      await using refused = terminal('foo', flag);
      expect(await refused.ended()).toBe(2);
      expect(refused.screen()).toContain('missing: --yes');
      expect(served.sandbox.log).toEqual([]);
    });
  });
});
