import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ConfigContext, editConfig, setConfigValue } from '../../../src/config/write.ts';
import { modeOf, temporaryDirectory } from '../../support/temporary.ts';

describe('writing the configuration', () => {
  let world: ConfigContext;
  let directory: string;
  let file: string;
  beforeEach(() => {
    const home = temporaryDirectory();
    world = {
      env: {},
      home,
      platform: process.platform,
      now: () => new Date(),
    };
    directory = path.join(home, '.config/keypair');
    file = path.join(directory, 'config.json');
  });

  it('makes the directory 0700 and the file 0600, and leaves nothing else behind', async () => {
    await setConfigValue(world, ['profiles', 'work', 'logins', 'tencent'], 'keychain');
    expect(readFileSync(file, 'utf8')).toBe(
      '{\n  "profiles": {\n    "work": {\n      "logins": {\n        "tencent": "keychain"\n      }\n    }\n  }\n}\n',
    );
    expect([modeOf(directory), modeOf(file)]).toEqual([0o700, 0o600]);
    expect(readdirSync(directory).sort()).toEqual(['config.json']);
    await setConfigValue(world, ['profiles', 'work', 'logins', 'tencent'], undefined);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ profiles: { work: { logins: {} } } });
  });

  it('closes a file that was open to others', async () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, '{}');
    chmodSync(file, 0o644);
    await setConfigValue(world, ['profile'], 'a');
    expect(modeOf(file)).toBe(0o600);
  });

  it('keeps every other byte', async () => {
    mkdirSync(directory, { recursive: true });
    const text =
      '\uFEFF// top\r\n{\r\n\t"future" : [ 1,2 ,  {"x":"\\u00e9"} ], // odd\r\n\t"profiles":{"work":{"region":"ap-one"}}\r\n}\r\n// end';
    writeFileSync(file, text);
    await setConfigValue(world, ['profiles', 'work', 'region'], 'ap-two');
    expect(readFileSync(file, 'utf8')).toBe(text.replace('ap-one', 'ap-two'));
  });

  it('does not touch a file in which nothing changes', async () => {
    await setConfigValue(world, ['profile'], 'a');
    const { ino } = lstatSync(file);
    await setConfigValue(world, ['profile'], 'a');
    await setConfigValue(world, ['profiles', 'none', 'region'], undefined);
    expect(lstatSync(file).ino).toBe(ino);
  });

  it.each(['there', 'missing'])('writes to what a link leads to, when that is %s', async (state) => {
    const dotfiles = path.join(world.home, 'dotfiles');
    mkdirSync(directory, { recursive: true });
    mkdirSync(dotfiles);
    symlinkSync('../../dotfiles/link.json', file);
    symlinkSync('keypair.json', path.join(dotfiles, 'link.json'));
    if (state === 'there') writeFileSync(path.join(dotfiles, 'keypair.json'), '{"mine": 1}');
    await setConfigValue(world, ['profile'], 'a');
    expect(readlinkSync(file)).toBe('../../dotfiles/link.json');
    const written = readFileSync(path.join(dotfiles, 'keypair.json'), 'utf8');
    expect(JSON.parse(written)).toEqual(state === 'there' ? { mine: 1, profile: 'a' } : { profile: 'a' });
  });

  it('leaves a broken file as it is, and lets go of the lock', async () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, '{"a": }');
    await expect(setConfigValue(world, ['profile'], 'a')).rejects.toMatchObject({
      code: 'USAGE',
      message: `${file}, line 1, column 7: a value is missing`,
    });
    expect(readFileSync(file, 'utf8')).toBe('{"a": }');
    expect(readdirSync(directory)).toEqual(['config.json']);
  });

  it('says where it cannot write', async () => {
    writeFileSync(path.join(world.home, '.config'), '');
    await expect(setConfigValue(world, ['profile'], 'a')).rejects.toMatchObject({
      code: 'USAGE',
      message: `cannot write ${file} (ENOTDIR)`,
    });
  });

  it('never writes what it could not read again', async () => {
    await setConfigValue(world, ['profile'], 'a');
    await expect(editConfig(world, () => `// ${'x'.repeat(1024 * 1024)}`)).rejects.toMatchObject({
      code: 'USAGE',
    });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ profile: 'a' });
    expect(readdirSync(directory).sort()).toEqual(['config.json']);
  });

  it('waits for the lock, and then names it, its age and how to remove it', async () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(`${file}.lock`, '');
    const created = new Date(Date.now() - 3 * 60_000);
    utimesSync(`${file}.lock`, created, created);
    // A second passes with each look at the clock.
    let seconds = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => 1000 * seconds++);
    onTestFinished(() => {
      clock.mockRestore();
    });
    await expect(setConfigValue(world, ['profile'], 'a')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `the configuration is locked: ${file}.lock was created 3 minutes ago`,
      hints: [
        expect.stringContaining('nothing was changed') as string,
        `if no other keypair runs, remove the lock: rm ${file}.lock`,
      ],
    });
    expect(seconds).toBe(12);
    expect(readdirSync(directory)).toEqual(['config.json.lock']);
    rmSync(`${file}.lock`);
    await setConfigValue(world, ['profile'], 'a');
    expect(readdirSync(directory)).toEqual(['config.json']);
  });

  it('removes what killed writers have left, and nothing else', async () => {
    mkdirSync(directory, { recursive: true });
    const old = ['.config.json.0123456789ab.keypair', '.other.0123456789ab.keypair', 'config.json.bak'];
    for (const name of old) writeFileSync(path.join(directory, name), '');
    for (const name of old) utimesSync(path.join(directory, name), new Date(0), new Date(0));
    writeFileSync(path.join(directory, '.config.json.aaaaaaaaaaaa.keypair'), '');
    await setConfigValue(world, ['profile'], 'a');
    expect(readdirSync(directory).sort()).toEqual([
      '.config.json.aaaaaaaaaaaa.keypair',
      '.other.0123456789ab.keypair',
      'config.json',
      'config.json.bak',
    ]);
  });
});
