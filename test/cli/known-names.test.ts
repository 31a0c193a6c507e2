import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../support/program.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

const SANDBOX = { KEYPAIR_SANDBOX: '1', KEYPAIR_PROVIDER: 'tencent' };

const namesOf = (home: string): string => path.join(home, '.cache/keypair/names');

/** Puts a file into the cache: `tencent,ap-guangzhou,default,cn`. */
function cache(home: string, place: string, content: unknown): void {
  mkdirSync(namesOf(home), { recursive: true });
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(path.join(namesOf(home), `${place}.json`), text);
}

function configure(home: string, text: string): void {
  mkdirSync(path.join(home, '.config/keypair'), { recursive: true });
  writeFileSync(path.join(home, '.config/keypair/config.json'), text, { mode: 0o600 });
}

/** What a completion script is told; that it is told without a word on stderr is part of it. */
async function told(
  home: string,
  kind: string,
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  shell = 'bash',
): Promise<readonly string[]> {
  const asked = kind.includes('=') ? kind : `${kind}=`;
  const { exit, stdout, stderr } = await run(['__complete', shell, asked, ...words], { home, env });
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
}

async function done(home: string, ...args: string[]): Promise<void> {
  const { exit, stderr } = await run([...args, '--quiet'], { home, env: SANDBOX });
  expect(exit, stderr).toBe(0);
}

describe('the names that completions offer', () => {
  it('are kept by list, and in step by what changes them', async () => {
    const home = temporaryDirectory();
    const names = (): Promise<readonly string[]> => told(home, 'pairs', [], SANDBOX);
    expect(await names()).toEqual([]);
    await done(home, 'create', '--local', '--type', 'rsa-2048', '--name', 'one', 'two', 'three');
    expect([...(await names())].sort()).toEqual(['one', 'three', 'two']);
    await done(home, 'update', 'two', '--rename', 'second');
    await done(home, 'delete', '--yes', 'three');
    await done(home, 'import', '--name', 'four', path.join(home, '.ssh/three.pub'));
    expect([...(await names())].sort()).toEqual(['four', 'one', 'second']);

    const [file = ''] = readdirSync(namesOf(home));
    expect(file).toBe('tencent,ap-guangzhou,sandbox.json');
    expect(modeOf(path.join(namesOf(home), file))).toBe(0o600);
    expect(modeOf(namesOf(home))).toBe(0o700);
    cache(home, 'tencent,ap-guangzhou,sandbox', [['forgotten', null, null]]);
    await done(home, 'list', '--name', 'one');
    expect(await names()).toEqual(['forgotten']);
    await done(home, 'list', '--name', '*e', '--cloud-only');
    expect([...(await names())].sort()).toEqual(['four', 'one', 'second']);

    cache(home, 'tencent,ap-beijing,default,cn', [['real', null, null]]);
    await done(home, 'sandbox', 'reset');
    expect(await names()).toEqual([]);
    expect(await told(home, 'pairs', ['-p', 'tencent'])).toEqual(['real']);
  });

  it('are no reason for a command to fail', async () => {
    const home = temporaryDirectory();
    writeFileSync(path.join(home, '.cache'), 'not a directory');
    await done(home, 'create', '--name', 'one');
    await done(home, 'list');
    await done(home, 'sandbox', 'reset');
    const another = temporaryDirectory();
    mkdirSync(namesOf(another), { recursive: true });
    execFileSync('mkfifo', [path.join(namesOf(another), 'tencent,ap-guangzhou,sandbox.json')]);
    expect(await told(another, 'pairs', [], SANDBOX)).toEqual([]);
    await done(another, 'create', '--name', 'one');
    expect(await told(another, 'pairs', [], SANDBOX)).toEqual(['one']);
  });

  it('are those of the provider, the region, the profile and the site that are meant', async () => {
    const home = temporaryDirectory();
    configure(home, '{ /* mine */ "profiles": { "work": { "provider": "ecs", "region": "cn-shanghai" } } }');
    cache(home, 'tencent,ap-guangzhou,default,cn', [['south', null, null]]);
    cache(home, 'tencent,ap-beijing,default,cn', [['north', null, null]]);
    cache(home, 'tencent,ap-beijing,default,intl', [['abroad', null, null]]);
    cache(home, 'aliyun,cn-shanghai,work,cn', [['east', null, null]]);
    cache(home, 'aliyun,cn-qingdao,work,cn', [['sea', null, null]]);
    cache(home, 'aliyun,cn-qingdao,default,cn', [['other', null, null]]);
    const sorted = async (words: string, env = {}): Promise<readonly string[]> =>
      [...(await told(home, 'pairs', words.split(' '), env))].sort();
    expect(await sorted('show')).toEqual(['north', 'other', 'south']);
    expect(await sorted('show -p cvm')).toEqual(['north', 'south']);
    expect(await sorted('show -pCVM -r ap-beijing')).toEqual(['north']);
    expect(await sorted('show -p tencent,alibaba --region=ap-beijing,cn-qingdao')).toEqual(['north', 'other']);
    expect(await sorted('show -p all -r all')).toEqual(['north', 'other', 'south']);
    expect(await sorted('show -p tencent --site intl')).toEqual(['abroad']);
    expect(await sorted('show --profile work')).toEqual(['east']);
    expect(await sorted('show -r cn-qingdao', { KEYPAIR_PROFILE: 'work' })).toEqual(['sea']);
    expect(await sorted('show', { KEYPAIR_PROVIDER: 'tencent', KEYPAIR_REGION: 'ap-guangzhou' })).toEqual(['south']);
    expect(await sorted('show -p tencent', { TENCENTCLOUD_REGION: 'ap-beijing' })).toEqual(['north']);
    expect(await sorted('show -p nowhere')).toEqual([]);
    expect(await sorted('show --endpoint nonsense')).toEqual([]);
    expect(await sorted('show', { KEYPAIR_SANDBOX: 'perhaps' })).toEqual([]);
    expect(await told(home, 'provider=cn-', ['--profile', 'work'])).toEqual(['aliyun']);
    expect(await told(home, 'profiles')).toEqual(['default', 'work']);
  });

  it('are the instances that a pair was seen bound to', async () => {
    const home = temporaryDirectory();
    cache(home, 'tencent,ap-guangzhou,default,cn', [
      ['web', 'skey-1', 'rsa 2048', ['ins-1', 'ins-2']],
      ['db', 'skey-2', 'rsa 2048', ['ins-2', 'ins-3', 'a b', 7, null]],
      ['old', 'skey-3', 'rsa 2048'],
      ['odd', 'skey-4', 'rsa 2048', 'ins-9'],
    ]);
    cache(home, 'tencent,ap-beijing,default,cn', [['north', 'skey-5', null, ['ins-4']]]);
    cache(home, 'aliyun,cn-qingdao,default,cn', [['web', null, null, ['i-1']]]);
    const instances = (words: string, shell = 'bash'): Promise<readonly string[]> =>
      told(home, 'instances', words.split(' '), {}, shell);
    expect(await instances('attach -p tencent -r ap-guangzhou old')).toEqual(['ins-1', 'ins-2', 'ins-3']);
    expect([...(await instances('attach -p cvm old ins-2'))].sort()).toEqual(['ins-1', 'ins-3', 'ins-4']);
    expect(await instances('-p tencent detach web')).toEqual(['ins-1', 'ins-2']);
    expect(await instances('detach -p tencent --user web --wait -- skey-2')).toEqual(['ins-2', 'ins-3']);
    expect(await instances('detach --profile default -p aliyun web')).toEqual(['i-1']);
    expect(await instances('detach -p tencent web ins-1 ins-2')).toEqual([]);
    expect(await instances('detach -p tencent old')).toEqual([]);
    expect(await instances('detach -p tencent')).toEqual([]);
    expect(await instances('detach -p aliyun web', 'fish')).toEqual(['i-1\tweb, cn-qingdao']);
    expect(await told(home, 'instances=ins-1', ['attach', 'old', '-r', 'ap-guangzhou'])).toEqual(['ins-1']);
  });

  it('are the instances that show, list, attach and detach have seen', async () => {
    const home = temporaryDirectory();
    const instances = (command: string): Promise<readonly string[]> =>
      told(home, 'instances', [command, 'one'], SANDBOX);
    await done(home, 'create', '--name', 'one');
    expect(await instances('attach')).toEqual([]);
    await done(home, 'attach', 'one', 'ins-sandbox3', 'ins-sandbox4', '--wait', '--yes');
    expect(await instances('detach')).toEqual(['ins-sandbox3', 'ins-sandbox4']);
    await done(home, 'detach', 'one', 'ins-sandbox3', '--wait', '--yes');
    expect(await instances('detach')).toEqual(['ins-sandbox4']);
    for (const seeing of [['list'], ['show', 'one']]) {
      cache(home, 'tencent,ap-guangzhou,sandbox', [['one', null, null]]);
      expect(await instances('detach')).toEqual([]);
      await done(home, ...seeing);
      expect(await instances('detach')).toEqual(['ins-sandbox4']);
    }
    await done(home, 'update', 'one', '--rename', 'other');
    expect(await told(home, 'instances', ['detach', 'other'], SANDBOX)).toEqual(['ins-sandbox4']);
  });

  it('are the instances of last time where a list does not tell them', async () => {
    const home = temporaryDirectory();
    const instances = (name: string): Promise<readonly string[]> =>
      told(home, 'instances', ['detach', '-p', 'aliyun', name], { KEYPAIR_SANDBOX: '1' });
    await done(home, 'create', '-p', 'aliyun', '--name', 'one');
    await done(home, 'attach', '-p', 'aliyun', 'one', 'i-sandbox3', '--wait', '--yes');
    cache(home, 'aliyun,cn-hangzhou,sandbox', [['one', null, null]]);
    await done(home, 'show', '-p', 'aliyun', 'one');
    expect(await instances('one')).toEqual(['i-sandbox3']);
    await done(home, 'list', '-p', 'aliyun');
    expect(await instances('one')).toEqual(['i-sandbox3']);
    await done(home, 'detach', '-p', 'aliyun', 'one', 'i-sandbox3', '--wait', '--yes');
    expect(await instances('one')).toEqual([]);
  });

  it('come with a few words where the shell shows them, and with ids once something is typed', async () => {
    const home = temporaryDirectory();
    cache(home, 'aliyun,cn-qingdao,default,cn', [['a:b', 'ssh-1', 'rsa 2048']]);
    const words = ['show', '-p', 'aliyun'];
    expect(await told(home, 'pairs', words, {}, 'zsh')).toEqual(['a\\:b:ssh-1, rsa 2048, cn-qingdao']);
    expect(await told(home, 'pairs', words, {}, 'fish')).toEqual(['a:b\tssh-1, rsa 2048, cn-qingdao']);
    expect(await told(home, 'pairs', words, {}, 'powershell')).toEqual(['a:b|ssh-1, rsa 2048, cn-qingdao']);
    expect(await told(home, 'pairs=s', words, {}, 'fish')).toContain('ssh-1\ta:b');
    expect(await told(home, 'pairs=s', words)).toEqual(['ssh-1']);
    for (const shell of ['tcsh', 'constructor', '__proto__', '']) {
      expect(await told(home, 'pairs', words, {}, shell)).toEqual([]);
    }
    expect(await told(home, 'secrets', words)).toEqual([]);
    expect((await run(['__complete'], { home })).stdout).toBe('');
  });

  it('are words that no shell and no terminal takes for anything else', async () => {
    const home = temporaryDirectory();
    const hostile = ['$(x)', '`x`', 'a b', "a'b", 'a"b', '-rf', 'a\nb', 'a\tb', '\u001b[31m', 'a;b', 'a|b', '*'];
    const more = ['~root', '../x', 'a\\b', '\u202eb', 'a\u200bb', '', 'x'.repeat(200), '{a,b}', '!1', '=ls', '#'];
    const rows = [...hostile, ...more, 'good'].map((name) => [name, name, name]);
    cache(home, 'tencent,ap-guangzhou,default,cn', [...rows, 7, null, {}, [], [{}], ['ünï_1', '\u001b[1m', ';']]);
    expect(await told(home, 'pairs', ['-p', 'tencent'])).toEqual(['good', 'ünï_1']);
    expect(await told(home, 'pairs=x', ['-p', 'tencent'], {}, 'fish')).toEqual([
      'good\tgood, good, ap-guangzhou',
      'ünï_1\t',
    ]);
  });

  it('are none where the cache or the configuration is broken', async () => {
    const home = temporaryDirectory();
    for (const text of ['', '{', '{}', '"x"', 'null', '[[[[', `[["a"]]${'\n'.repeat(3 * 1024 * 1024)}`]) {
      cache(home, 'tencent,ap-guangzhou,default,cn', text);
      expect(await told(home, 'pairs')).toEqual([]);
    }
    cache(home, 'tencent,ap-guangzhou,default,cn', [['fine', null, null]]);
    cache(home, 'nowhere,ap-guangzhou,default,cn', [['unknown', null, null]]);
    cache(home, 'garbage', [['unknown', null, null]]);
    expect(await told(home, 'pairs')).toEqual(['fine']);
    for (const text of ['{"profiles":', '[', '{"profile":"a b","profiles":7}//', '\u0000']) {
      configure(home, text);
      expect(await told(home, 'profiles')).toEqual([]);
      expect(await told(home, 'provider')).toEqual([]);
      expect(await told(home, 'pairs')).toEqual([]);
    }
    configure(home, '{"profiles":{"__proto__":{"provider":"aliyun"},"ok":[],"a b":{}}}');
    expect(await told(home, 'profiles')).toEqual(['default', 'ok']);
  });

  it('have an end, however many there are', async () => {
    const home = temporaryDirectory();
    const many = Array.from({ length: 9000 }, (_, index) => [`name${index}`, `skey-${index}`, 'rsa 2048']);
    cache(home, 'tencent,ap-guangzhou,default,cn', many);
    cache(home, 'tencent,ap-beijing,default,cn', many);
    expect(await told(home, 'pairs', [], {}, 'zsh')).toHaveLength(5000);
    expect(await told(home, 'pairs=name499', [])).toHaveLength(11);
    const bound = many.slice(0, 6000).map(([name], index) => [name, null, null, [`ins-${index}`]]);
    cache(home, 'tencent,ap-guangzhou,default,cn', bound);
    expect(await told(home, 'instances', ['attach', 'x'])).toHaveLength(5000);
  });

  it('are given without a call, also where the service cannot be reached', async () => {
    const home = temporaryDirectory();
    let calls = 0;
    const server = createServer((socket) => {
      calls += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const origin = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
    cache(home, `tencent,ap-guangzhou,default,${encodeURIComponent(origin)}`, [['there', null, null]]);
    const env = { KEYPAIR_ENDPOINT: `${origin}/`, HTTPS_PROXY: origin, HTTP_PROXY: origin };
    for (const kind of ['pairs', 'pairs=t']) {
      expect(await told(home, kind, ['show', '-p', 'tencent'], env)).toEqual(['there']);
    }
    await told(home, 'provider', [], env);
    await told(home, 'profiles', [], env);
    await new Promise((resolve) => server.close(resolve));
    expect(calls).toBe(0);
    expect(existsSync(path.join(home, '.local'))).toBe(false);
    expect(readFileSync(path.join(namesOf(home), readdirSync(namesOf(home))[0] ?? ''), 'utf8')).toContain('there');
  });

  it('are what a setting can be, after its key', async () => {
    const home = temporaryDirectory();
    const values = (key: string): Promise<readonly string[]> => told(home, 'settings', ['config', 'set', key]);
    expect(await values('provider')).toEqual(['tencent', 'lighthouse', 'aliyun', 'swas', 'qcloud']);
    expect(await values('site')).toEqual(['cn', 'intl']);
    expect(await values('profile')).toEqual(['default']);
    expect(await values('region')).toContain('cn-hangzhou');
    configure(home, '{"profiles":{"default":{"provider":"lighthouse"}}}');
    expect(await values('region')).not.toContain('cn-hangzhou');
    expect(await values('region')).toContain('ap-guangzhou');
    expect(await values('key-dir')).toEqual([]);
  });
});
