import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { currentProfile, loadProfile, profileNames } from '../../../src/config/load.ts';
import type { PathsInput } from '../../../src/paths.ts';
import { EMPTY_PROFILE, type Profile } from '../../../src/config/profile.ts';
import { KeypairError } from '../../../src/errors.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const SECRET = 'hunter2hunter2';

describe('a profile', () => {
  let paths: PathsInput;
  let file: string;
  let warnings: string[];
  beforeEach(() => {
    const home = temporaryDirectory();
    paths = { env: {}, home, platform: 'linux' };
    file = path.join(home, '.config/keypair/config.json');
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    warnings = [];
  });

  function write(content: unknown): void {
    const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
    writeFileSync(file, text, { mode: 0o600 });
  }

  const load = (chosen: string | null = null): Promise<Profile> =>
    loadProfile(paths, chosen, (line) => warnings.push(line));

  async function refusal(chosen: string | null = null): Promise<KeypairError> {
    try {
      await load(chosen);
    } catch (error) {
      if (error instanceof KeypairError) return error;
      throw error;
    }
    throw new Error('it was taken');
  }

  it('says nothing where there is no configuration, or nothing in it', async () => {
    expect(await load()).toEqual(EMPTY_PROFILE);
    expect(await load('default')).toEqual({ ...EMPTY_PROFILE, chosen: true });
    write('');
    expect(await load()).toEqual(EMPTY_PROFILE);
    write('{}');
    expect(await load()).toEqual(EMPTY_PROFILE);
    expect(warnings).toEqual([]);
  });

  it('is read with all that it can hold, comments and unknown keys passed over', async () => {
    write(`\uFEFF{
      // mine
      "profile": "work", "future": [1, {"profile": 2}],
      "profiles": { "other": { "region": 7 }, "work": {
        "provider": "cvm", "region": "ap-beijing", "site": "intl", "keyDir": "~/keys", "project": 7,
        "resourceGroup": "rg-abc", "tags": { "team": "ops", "__proto__": "p", }, "endpoint": "https://a.example",
        "maxAge": "90d",
        "role": { "arn": "acs:ram::1:role/x", "sessionName": "me", "externalId": "e/1", "durationSeconds": 900, "more": 1 },
        "logins": { "tencent": "keychain", "elsewhere": 1 }, "colour": "blue"
      } } }`);
    expect(await load()).toEqual({
      name: 'work',
      chosen: true,
      provider: 'tencent',
      region: 'ap-beijing',
      site: 'intl',
      endpoint: 'https://a.example',
      keyDir: '~/keys',
      project: 7,
      resourceGroup: 'rg-abc',
      tags: Object.fromEntries([
        ['team', 'ops'],
        ['__proto__', 'p'],
      ]),
      maxAge: '90d',
      role: { arn: 'acs:ram::1:role/x', sessionName: 'me', externalId: 'e/1', durationSeconds: 900 },
      logins: { tencent: 'keychain' },
    });
    expect(await profileNames(paths)).toEqual(['other', 'work']);
    expect(await currentProfile(paths)).toBe('work');
    expect(Object.getPrototypeOf((await load()).tags)).toBe(Object.prototype);
  });

  it('is the chosen one, else the one that the file names, else default', async () => {
    const profiles = { default: { region: 'ap-one' }, a: { region: 'ap-two' }, b: { region: 'ap-three' } };
    write({ profiles });
    expect(await load()).toMatchObject({ name: 'default', chosen: false, region: 'ap-one' });
    expect(await load('b')).toMatchObject({ name: 'b', chosen: true, region: 'ap-three' });
    write({ profile: 'a', profiles });
    expect(await load()).toMatchObject({ name: 'a', chosen: true, region: 'ap-two' });
    expect(await load('b')).toMatchObject({ name: 'b', region: 'ap-three' });
    expect(await load('default')).toMatchObject({ name: 'default', chosen: true, region: 'ap-one' });
  });

  it('must be there when it is chosen', async () => {
    expect(await refusal('nope')).toMatchObject({ code: 'USAGE', message: 'there is no profile nope' });
    write({ profiles: { a: {}, b: {}, 'not a name': {} } });
    const { message, hints } = await refusal('toString');
    expect(message).toBe('there is no profile toString');
    expect(hints[0]).toBe('the profiles are a, b');
    write({ profile: 'gone', profiles: { a: {} } });
    expect(await refusal()).toMatchObject({ code: 'USAGE', message: 'there is no profile gone' });
  });

  it.each([
    [`{\n  "profiles": {\n    "default": { "region" "${SECRET}" }\n  }\n}`, 3, 27, 'a colon is missing'],
    [`{\n  "a": "${SECRET}"\n  "b": 1\n}`, 3, 3, 'a comma is missing'],
    [`{"a": ${SECRET}}`, 1, 7, 'an invalid word'],
    [`{"a": "${SECRET}`, 1, 7, 'a string is not closed'],
    [`{"a": "${SECRET}"`, 1, 23, 'a closing brace is missing'],
    [`{"a": 1} /* ${SECRET}`, 1, 10, 'a comment is not closed'],
    [`{"a": 1}\r\n${SECRET}`, 2, 1, 'an invalid word'],
    [`"${SECRET}"`, 1, 1, 'this is not an object: { … }'],
    [`["${SECRET}"]`, 1, 1, 'this is not an object: { … }'],
    [`{"profiles": {"é😀": {}, "default": "${SECRET}"}}`, 1, 36, 'profiles.default is not an object: { … }'],
    [`{"profiles": {}, "profiles": "${SECRET}"}`, 1, 18, 'profiles is a duplicate key'],
    [`{"profile": "${SECRET} "}`, 1, 13, 'profile is not the name of a profile'],
    ['['.repeat(200_000), 1, 1, 'it is nested too deeply'],
  ])('%# that is broken is refused with its place, and not repeated', async (text, line, column, what) => {
    write(text);
    const error = await refusal();
    expect(error.code).toBe('USAGE');
    expect(error.message).toBe(`${file}, line ${line}, column ${column}: ${what}`);
    expect(JSON.stringify([error.message, error.hints, error.stack])).not.toContain(SECRET);
  });

  it.each<[object, string]>([
    [{ provider: SECRET }, 'provider is not a provider: tencent, lighthouse, aliyun, swas, qcloud'],
    [{ provider: 1 }, 'provider is not a provider: tencent, lighthouse, aliyun, swas, qcloud'],
    [{ region: `${SECRET}.evil.example` }, 'region is not one region, such as ap-guangzhou'],
    [{ region: ['ap-beijing'] }, 'region is not one region, such as ap-guangzhou'],
    [{ site: SECRET }, 'site is not cn or intl'],
    [{ endpoint: `https://me:${SECRET}@a.example` }, 'endpoint is not an https address without a path'],
    [{ endpoint: 'http://a.example' }, 'endpoint is not an https address without a path'],
    [{ keyDir: SECRET }, 'keyDir is not a directory that begins with / or ~'],
    [{ project: '7' }, 'project is not the number of a project'],
    [{ project: 1.5 }, 'project is not the number of a project'],
    [{ project: -1 }, 'project is not the number of a project'],
    [{ resourceGroup: SECRET }, 'resourceGroup is not an id such as rg-bp67acfmxazb4p'],
    [{ tags: SECRET }, 'tags is not an object: { … }'],
    [{ tags: { [SECRET.slice(0, 3)]: 1 } }, 'tags.hun is not a key with a string value'],
    [{ tags: { '': SECRET } }, 'is not a key with a string value'],
    [{ role: { arn: SECRET } }, 'role.arn is not a role: qcs::cam::uin/<number>:roleName/<name> or acs:'],
    [{ role: { arn: 'acs:ram::1:role/x', durationSeconds: 5 } }, 'role.durationSeconds is not seconds'],
    [{ role: { sessionName: `${SECRET}\n` } }, 'role.sessionName is not 2 to 128 letters'],
    [{ logins: { tencent: SECRET } }, 'logins.tencent is not keychain or file'],
    [{ region: null }, 'region is not one region'],
  ])('with %j is refused', async (profile, what) => {
    write({ profiles: { default: profile } });
    const error = await refusal();
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain(`${file}, line `);
    expect(error.message).toContain(`: profiles.default.${what.startsWith('is ') ? '' : what}`);
    expect(error.message).toContain(what);
    expect(JSON.stringify([error.message, error.hints, error.stack])).not.toContain(SECRET);
  });

  it('warns when others may read or change the file', async () => {
    write('{}');
    chmodSync(file, 0o644);
    await load();
    chmodSync(file, 0o660);
    await load();
    expect(warnings).toEqual([
      `others may read ${file}: chmod 600 ${file}`,
      `others may change ${file}: chmod 600 ${file}`,
    ]);
  });

  it('is not read from what is no small file of text', async () => {
    writeFileSync(file, Buffer.from('{"a": "\xff"}', 'latin1'), { mode: 0o600 });
    expect((await refusal()).message).toBe(`${file} is not UTF-8 text`);
    write(' '.repeat(1024 * 1024 + 1));
    expect((await refusal()).message).toBe(`${file} is longer than 1 MiB`);
    rmSync(file);
    execFileSync('mkfifo', [file]);
    expect((await refusal()).message).toBe(`${file} is not a file`);
    rmSync(file);
    mkdirSync(file);
    expect((await refusal()).message).toBe(`${file} is not a file`);
  });

  it('is read through a link', async () => {
    symlinkSync('../../mine.json', file);
    expect(await load()).toEqual(EMPTY_PROFILE);
    writeFileSync(path.join(paths.home, 'mine.json'), '{"profiles":{"default":{"project":3}}}', {
      mode: 0o600,
    });
    expect((await load()).project).toBe(3);
  });
});
