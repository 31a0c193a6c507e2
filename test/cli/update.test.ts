import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Service } from '../../sandbox/behaviour.ts';
import type { Run } from '../support/program.ts';
import { type Served, serveSandbox } from '../support/served.ts';
import { keypairOnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';

describe('update', () => {
  let home: string;
  let served: Served;
  beforeEach(async () => {
    home = temporaryDirectory();
    served = await serveSandbox({ behaviour: { requestsPerSecond: null } });
  });
  afterEach(() => served.close());

  const update = (provider: string, ...args: string[]): Promise<Run> =>
    served.run(['update', '-p', provider, ...args], { home });
  const seed = (service: Service, ...names: string[]): string[] =>
    served.sandbox
      .seed({
        service,
        region: service === 'ecs' ? 'cn-hangzhou' : 'ap-guangzhou',
        count: names.length,
        name: (index) => names[index] ?? '',
        tags: () => [
          { key: 'env', value: 'test' },
          { key: 'old', value: '1' },
        ],
      })
      .map(({ id }) => id);
  const changes = (): readonly string[] =>
    served.sandbox.log.map(({ action }) => action).filter((action) => !action.startsWith('Describe'));

  it('notes the new name of a pair whose tags could not be changed then', async () => {
    expect((await served.run(['create', '-p', 'tencent', '--name', 'foo', '-q'], { home })).exit).toBe(0);
    served.sandbox.fault({ kind: 'error', code: 'FailedOperation', message: 'no', action: 'ModifyResourceTags' });
    const { exit, stderr } = await update('tencent', 'foo', '--rename', 'bar', '--tag', 'a=b');
    expect([exit, stderr]).toEqual([7, expect.stringContaining('but not its tags')]);
    const made = path.join(home, '.local/state/keypair/made');
    const [file = ''] = readdirSync(made);
    expect(JSON.parse(readFileSync(path.join(made, file), 'utf8'))).toMatchObject({ name: 'bar' });
  });

  it.each(['tencent', 'qcloud'])('renames and describes a pair of %s', async (provider) => {
    const [id = ''] = seed('cvm', 'foo');
    const change = ['--rename', 'bar', '--description', 'web servers'];
    const { exit, stdout, stderr } = await update(provider, 'foo', ...change, '--json');
    expect([exit, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ provider, id, name: 'bar', description: 'web servers' });
    expect(changes()).toEqual(['ModifyKeyPairAttribute']);
    expect(await update(provider, id, '--description', '', '--json')).toMatchObject({ exit: 0 });
  });

  it('renames on the oldest interface', async () => {
    const [id = ''] = seed('cvm', 'foo');
    const args = ['--api-version', 'v2', id, '--rename', 'bar', '-q'];
    expect(await update('qcloud', ...args)).toMatchObject({ exit: 0, stdout: 'bar\n' });
    expect(changes()).toEqual(['ModifyKeyPair']);
  });

  it.each([
    ['aliyun', 'ecs'],
    ['tencent', 'cvm'],
  ] as const)('sets and removes tags of %s', async (provider, service) => {
    seed(service, 'foo');
    const { exit, stdout, stderr } = await update(
      provider,
      'foo',
      ...['--tag', 'env=prod', '--tag', 'x=a=b', '--remove-tag', 'old', '--remove-tag', 'never'],
      '--json',
    );
    expect([exit, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'foo', tags: { env: 'prod', x: 'a=b' } });
    expect((JSON.parse(stdout) as { tags: object }).tags).not.toHaveProperty('old');
  });

  it('shows the pair as it is afterwards, and says that key files keep their name', async () => {
    await served.run(['create', '-p', 'tencent', '--name', 'foo', '-q'], { home });
    const { stdout, stderr } = await update('tencent', 'foo', '--rename', 'bar');
    const file = path.join(home, '.ssh/foo');
    expect(stdout).toMatch(/^bar\n {2}name +foo → bar\n {2}id +skey-/);
    expect(stdout).toContain(file);
    expect(stderr).toContain(`its key files keep their name: ${file}`);
  });

  it('shows the new values beside the old ones: a description or a tag that was changed was nowhere to be seen', async () => {
    seed('cvm', 'foo');
    const described = await update('tencent', 'foo', '--description', 'web servers');
    expect(described.stdout).toMatch(/^foo\n {2}description +none → web servers\n/);
    const again = await update('tencent', 'foo', '--description', 'web servers');
    expect(again.stdout).toMatch(/^foo\n {2}description +web servers\n/);
    seed('ecs', 'foo');
    const { stdout } = await update(
      'aliyun',
      'foo',
      ...['--tag', 'env=prod', '--tag', 'x=1', '--remove-tag', 'old', '--remove-tag', 'never'],
    );
    expect(stdout.split('\n').slice(1, 5)).toEqual([
      expect.stringMatching(/^ {2}tag +env=test → env=prod$/),
      expect.stringMatching(/^ {2}tag +none → x=1$/),
      expect.stringMatching(/^ {2}tag +old=1 → none$/),
      expect.stringMatching(/^ {2}provider/),
    ]);
  });

  it('prints with --quiet what README says, and so does show: the path of the private key, else the name', async () => {
    await served.run(['create', '-p', 'tencent', '--name', 'foo', '-q'], { home });
    seed('cvm', 'bar');
    for (const [name, value] of [
      ['foo', path.join(home, '.ssh/foo')],
      ['bar', 'bar'],
    ] as const) {
      const change = ['--description', 'x', '-q'];
      expect(await update('tencent', name, ...change)).toMatchObject({ stdout: `${value}\n`, stderr: '' });
      const show = ['show', '-p', 'tencent', name, '-q'];
      expect(await served.run(show, { home })).toMatchObject({ stdout: `${value}\n`, stderr: '' });
    }
  });

  it('changes nothing when it has that name already', async () => {
    seed('cvm', 'foo');
    expect(await update('tencent', 'foo', '--rename', 'foo', '-q')).toMatchObject({
      exit: 0,
      stdout: 'foo\n',
      stderr: '',
    });
    expect(changes()).toEqual([]);
  });

  it.each<[string, string[], string]>([
    ['nothing', ['tencent', 'foo'], '--rename, --description, --tag, --remove-tag'],
    ['a bad name', ['tencent', 'foo', '--rename', 'my-key'], 'my_key'],
    ['an empty name', ['tencent', 'foo', '--rename', ''], '--rename'],
    ['a long description', ['tencent', 'foo', '--description', 'x'.repeat(61)], 'at most 60'],
    ['a name on Lighthouse', ['lighthouse', 'foo', '--rename', 'bar'], 'does not support --rename'],
    ['tags on Lighthouse', ['lighthouse', 'foo', '--tag', 'a=b'], 'does not support --tag'],
    ['tags to remove on qcloud', ['qcloud', 'foo', '--remove-tag', 'a'], 'does not support --remove-tag'],
    [
      'too many tags to remove',
      ['tencent', 'foo', ...Array.from({ length: 11 }, (_, i) => ['--remove-tag', `k${i}`]).flat()],
      'at most 10 tags at once',
    ],
    ['a name on Alibaba', ['aliyun', 'foo', '--rename', 'bar'], 'does not support --rename'],
    ['a description on Alibaba', ['aliyun', 'foo', '--description', 'x'], 'does not support --description'],
    [
      'a description on v2',
      ['qcloud', 'foo', '--api-version', 'v2', '--description', 'x'],
      'does not support --description',
    ],
    ['a tag without a value', ['aliyun', 'foo', '--tag', 'a'], 'KEY=VALUE'],
    ['a reserved tag', ['aliyun', 'foo', '--tag', 'acs:x=1'], 'acs:'],
    [
      'too many tags',
      ['aliyun', 'foo', ...Array.from({ length: 21 }, (_, i) => ['--tag', `k${i}=v`]).flat()],
      'at most 20',
    ],
    ['a tag both ways', ['aliyun', 'foo', '--tag', 'a=1', '--remove-tag', 'a'], 'give one of them'],
    ['an empty tag to remove', ['aliyun', 'foo', '--remove-tag', ''], '--remove-tag is empty'],
  ])('refuses %s before it calls', async (_what, [provider = '', ...args], word) => {
    const { exit, stdout, stderr } = await update(provider, ...args);
    expect(stderr).toContain(word);
    expect([exit, stdout]).toEqual([2, '']);
    expect(served.sandbox.log).toEqual([]);
  });

  it('names all that is missing at once', async () => {
    const { exit, stderr } = await served.run(['update', 'foo'], { home });
    expect(exit).toBe(2);
    expect(stderr).toContain('missing: --provider, one of --rename');
  });

  it('tells what is not there and what is taken', async () => {
    seed('cvm', 'foo', 'bar');
    expect((await update('tencent', 'nope', '--rename', 'x')).exit).toBe(3);
    const { exit, stderr } = await update('tencent', 'foo', '--rename', 'bar', '--json');
    expect(exit).toBe(5);
    expect(JSON.parse(stderr)).toMatchObject({
      error: {
        code: 'CONFLICT',
        providerCode: 'InvalidKeyPairName.Duplicate',
        hints: expect.arrayContaining([expect.stringContaining('choose another --rename, or see')]) as unknown,
      },
    });
  });

  it.each([
    ['when the answer is lost', { kind: 'drop', when: 'after', action: 'ModifyKeyPairAttribute' }, 'may have been'],
    ['when it cannot be read back', null, 'was changed, but cannot be read back'],
  ] as const)('is PARTIAL %s', async (_what, fault, words) => {
    const [id = ''] = seed('cvm', 'foo');
    if (fault !== null) {
      served.sandbox.fault(fault);
    } else {
      await served.close();
      served = await serveSandbox({
        onRequest: ({ action }) => {
          if (action === 'ModifyKeyPairAttribute')
            served.sandbox.remove({ service: 'cvm', region: 'ap-guangzhou', names: ['bar'] });
        },
      });
      seed('cvm', 'foo');
    }
    const { exit, stdout, stderr } = await update('tencent', 'foo', '--rename', 'bar', '--json');
    expect([exit, stdout]).toEqual([7, '']);
    const { error } = JSON.parse(stderr) as { error: { code: string; message: string; hints: string[] } };
    expect(error.code).toBe('PARTIAL');
    expect(error.message).toContain(words);
    expect(error.hints[0]).toContain(fault === null ? 'keypair show skey-' : `keypair show ${id}`);
  });

  it('asks nothing on a terminal', async () => {
    seed('cvm', 'foo');
    await using terminal = keypairOnTerminal(['update', '-p', 'tencent', 'foo', '--rename', 'bar'], {
      home,
      env: served.env,
    });
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toMatch(/^bar$/m);
  });
});
