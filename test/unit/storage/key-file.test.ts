import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/secret.ts';
import { type ReservedKeyFile, reserveKeyFile } from '../../../src/storage/key-file.ts';
import { modeOf, temporaryDirectory } from '../../support/temporary.ts';

const RAW = new Secret('raw answer');
const NORMAL = new Secret('normalised key\n');

async function kept(file: string): Promise<ReservedKeyFile> {
  const place = await reserveKeyFile(file, { home: path.dirname(file), platform: 'linux' });
  await place.writeRaw(RAW);
  return place;
}

describe('the place of a key pair', () => {
  it('makes the directory 0700, the key 0600 and its public half 0644, and leaves nothing else', async () => {
    const directory = path.join(temporaryDirectory(), 'new', '.ssh');
    const place = await kept(path.join(directory, 'foo'));
    expect(modeOf(place.temporaryFile)).toBe(0o600);
    await place.publish(NORMAL, 'ssh-rsa AAAA foo');
    expect(modeOf(directory)).toBe(0o700);
    expect(readdirSync(directory).sort()).toEqual(['foo', 'foo.pub']);
    expect(modeOf(path.join(directory, 'foo'))).toBe(0o600);
    expect(modeOf(path.join(directory, 'foo.pub'))).toBe(0o644);
    expect(readFileSync(path.join(directory, 'foo'), 'utf8')).toBe('normalised key\n');
    expect(readFileSync(path.join(directory, 'foo.pub'), 'utf8')).toBe('ssh-rsa AAAA foo\n');
    expect(statSync(path.join(directory, 'foo')).nlink).toBe(1);
  });

  it('publishes the raw file itself when nothing had to be normalised', async () => {
    const directory = temporaryDirectory();
    const place = await kept(path.join(directory, 'foo'));
    const { ino } = statSync(place.temporaryFile);
    await place.publish(RAW, 'ssh-rsa AAAA foo');
    expect(statSync(place.privateKeyFile).ino).toBe(ino);
    expect(readdirSync(directory).sort()).toEqual(['foo', 'foo.pub']);
  });

  it.each(['foo', 'foo.pub'])('refuses when %s is there', async (taken) => {
    const directory = temporaryDirectory();
    writeFileSync(path.join(directory, taken), 'old');
    await expect(
      reserveKeyFile(path.join(directory, 'foo'), { home: directory, platform: 'linux' }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect(readdirSync(directory)).toEqual([taken]);
  });

  it.each(['foo', 'foo.pub'])('refuses a dangling link at %s', async (taken) => {
    const directory = temporaryDirectory();
    symlinkSync(path.join(directory, 'nowhere'), path.join(directory, taken));
    await expect(
      reserveKeyFile(path.join(directory, 'foo'), { home: directory, platform: 'linux' }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('refuses a key directory that is a file', async () => {
    const file = path.join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    await expect(
      reserveKeyFile(path.join(file, 'foo'), { home: path.dirname(file), platform: 'linux' }),
    ).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('refuses a directory where nothing can be written', async () => {
    // Root may write anywhere but in /proc: the one place that refuses everybody.
    await expect(reserveKeyFile('/proc/keypair/foo', { home: '/', platform: 'linux' })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });

  it('leaves nothing when it is released', async () => {
    const directory = temporaryDirectory();
    const place = await reserveKeyFile(path.join(directory, 'foo'), { home: directory, platform: 'linux' });
    expect(statSync(place.temporaryFile).size).toBeGreaterThanOrEqual(32 * 1024);
    await place.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each(['file', 'link', 'directory'] as const)('never replaces a %s that appears meanwhile', async (what) => {
    const directory = temporaryDirectory();
    const file = path.join(directory, 'foo');
    const place = await kept(file);
    if (what === 'file') writeFileSync(file, 'somebody else');
    else if (what === 'link') symlinkSync(path.join(directory, 'elsewhere'), file);
    else mkdirSync(file);
    const before = lstatSync(file).ino;
    const failure = await place.publish(NORMAL, 'ssh-rsa AAAA foo').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'PARTIAL' });
    expect((failure as { hints: string[] }).hints.join()).toContain(place.temporaryFile);
    expect(lstatSync(file).ino).toBe(before);
    expect(readFileSync(place.temporaryFile, 'utf8')).toBe('raw answer');
    expect(modeOf(place.temporaryFile)).toBe(0o600);
  });

  it('keeps the published key when the public half cannot be written', async () => {
    const directory = temporaryDirectory();
    const place = await kept(path.join(directory, 'foo'));
    writeFileSync(place.publicKeyFile, 'somebody else');
    await expect(place.publish(NORMAL, 'ssh-rsa AAAA foo')).rejects.toMatchObject({ code: 'PARTIAL' });
    expect(readFileSync(place.privateKeyFile, 'utf8')).toBe('normalised key\n');
    expect(readFileSync(place.publicKeyFile, 'utf8')).toBe('somebody else');
  });
});
