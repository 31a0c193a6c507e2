import { beforeEach, describe, expect, it } from 'vitest';
import { tencentFiles } from '../../../src/credentials/vendors/tencent-files.ts';
import { vendorOf } from '../../../src/credentials/vendors.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { put, testWorld } from './world.ts';

describe('the region of the vendors’ own CLIs', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
  });

  it('is tccli’s, of the profile in use', async () => {
    expect(await vendorOf('tencent').fileRegion(testWorld(home))).toBeNull();
    put(home, '.tccli/default.configure', { _sys_param: { region: 'ap-tokyo' } });
    put(home, '.tccli/prod.configure', { _sys_param: { region: 'eu-frankfurt' } });
    expect(await vendorOf('tencent').fileRegion(testWorld(home))).toEqual({
      region: 'ap-tokyo',
      source: '~/.tccli/default.configure',
    });
    expect(await vendorOf('tencent').fileRegion(testWorld(home, { TCCLI_PROFILE: 'prod' }))).toEqual({
      region: 'eu-frankfurt',
      source: '~/.tccli/prod.configure',
    });
  });

  it('is that of the file that a variable names, as its credentials are', async () => {
    const config = (region_id: string): object => ({ current: 'p', profiles: [{ name: 'p', region_id }] });
    put(home, '.aliyun/config.json', config('cn-beijing'));
    put(home, 'terraform.json', config('cn-shanghai'));
    put(home, 'sdk.ini', '[default]\ntype = access_key\n');
    for (const name of ['ALIBABA_CLOUD_CREDENTIALS_FILE', 'ALICLOUD_SHARED_CREDENTIALS_FILE']) {
      const region = async (file: string): Promise<unknown> =>
        vendorOf('aliyun').fileRegion(testWorld(home, { [name]: file }));
      expect(await region('~/terraform.json')).toEqual({ region: 'cn-shanghai', source: '~/terraform.json' });
      expect(await region('~/sdk.ini')).toMatchObject({ region: 'cn-beijing' });
    }
  });

  it('is the aliyun CLI’s, of the profile in use, unless its profiles are switched off', async () => {
    put(home, '.aliyun/config.json', {
      current: 'a',
      profiles: [
        { name: 'a', mode: 'AK', region_id: 'cn-beijing' },
        { name: 'b', region_id: 'us-west-1' },
      ],
    });
    expect(await vendorOf('aliyun').fileRegion(testWorld(home))).toEqual({
      region: 'cn-beijing',
      source: '~/.aliyun/config.json',
    });
    const named = testWorld(home, { ALIBABA_CLOUD_PROFILE: 'b' });
    expect((await vendorOf('aliyun').fileRegion(named))?.region).toBe('us-west-1');
    const off = testWorld(home, { ALIBABA_CLOUD_IGNORE_PROFILE: 'TRUE' });
    expect(await vendorOf('aliyun').fileRegion(off)).toBeNull();
  });

  it.each(['', '{}', '{"_sys_param":{"region":"None"}}'])('is none where the file says %s', async (text) => {
    put(home, '.tccli/default.configure', text);
    expect(await vendorOf('tencent').fileRegion(testWorld(home))).toBeNull();
  });

  const broken = ['{', '{"_sys_param":{"region":7}}', '{"_sys_param":{"region":"evil.example/"}}', '[]'];
  // ../shared/field/default.configure
  const comma = '{"_sys_param": {"region": "ap-nanjing", "output": "json",}}';
  it.each([...broken, comma])('C12: is never another one in silence where the file says %s', async (text) => {
    put(home, '.tccli/default.configure', text);
    await expect(vendorOf('tencent').fileRegion(testWorld(home))).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('~/.tccli/default.configure') as string,
    });
  });

  it('C12: is never another one in silence where the aliyun CLI’s file is broken, or has no such profile', async () => {
    const refused = (why: string) => ({
      code: 'USAGE',
      message: expect.stringMatching(new RegExp(`~/.aliyun/config.json: .*${why}`)) as string,
    });
    // ../shared/field/aliyun-config.json
    const comma = '{"current":"default","profiles":[{"name":"default","mode":"AK","region_id":"cn-beijing",}]}';
    put(home, '.aliyun/config.json', comma);
    await expect(vendorOf('aliyun').fileRegion(testWorld(home))).rejects.toMatchObject(refused('JSON'));
    put(home, '.aliyun/config.json', {
      current: 'prd',
      profiles: [{ name: 'prod', region_id: 'cn-beijing' }],
    });
    await expect(vendorOf('aliyun').fileRegion(testWorld(home))).rejects.toMatchObject(refused('profile prd'));
    const named = testWorld(home, { ALIBABA_CLOUD_PROFILE: 'stage' });
    await expect(vendorOf('aliyun').fileRegion(named)).rejects.toMatchObject(refused('ALIBABA_CLOUD_PROFILE'));
    put(home, '.alibabacloud/credentials', '[stage]\naccess_key_id = a\naccess_key_secret = b\n');
    expect(await vendorOf('aliyun').fileRegion(named)).toBeNull();
  });

  it('C12: is never another one in silence where a variable names a profile that no file has', async () => {
    const named = testWorld(home, { TCCLI_PROFILE: 'prd' });
    await expect(vendorOf('tencent').fileRegion(named)).rejects.toMatchObject({
      message: expect.stringContaining('~/.tccli/prd.configure') as string,
    });
    put(home, '.tccli/prd.credential', { secretId: 'a', secretKey: 'b' });
    expect(await vendorOf('tencent').fileRegion(named)).toBeNull();
  });
});

describe('the credentials file for all users of a machine', () => {
  it('counts after the user’s own, and not where another is named', () => {
    const files = (env: Readonly<Record<string, string>>): readonly string[] =>
      tencentFiles(testWorld('/home/u', env), [], '/system').map(({ file }) => file);
    expect(files({})).toEqual(['/home/u/.tccli/default.credential', '/home/u/.tencentcloud/credentials', '/system']);
    expect(files({ TENCENTCLOUD_CREDENTIALS_FILE: '/named' })).toEqual(['/named', '/home/u/.tccli/default.credential']);
  });
});
