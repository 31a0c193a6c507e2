import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { COMMAND, ended, type Run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const PLACE = '-p tencent -r ap-beijing --sandbox';

/** Runs hints from the situation that brings them: the line is taken from what the program said, and does what it says. */
describe('a hint, followed', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
    mkdirSync(path.join(home, 'bin'));
    mkdirSync(path.join(home, '.ssh'), { mode: 0o700 });
    const shim = path.join(home, 'bin/keypair');
    writeFileSync(shim, `#!/bin/sh\nexec '${COMMAND.join("' '")}' "$@"\n`);
    chmodSync(shim, 0o755);
  });

  const file = (name: string): string => path.join(home, name);
  const shell = (line: string): Promise<Run> => {
    const PATH = `${file('bin')}:${process.env['PATH'] ?? ''}`;
    const child = spawn('sh', ['-c', line], { cwd: home, env: { PATH, HOME: home }, stdio: 'pipe' });
    child.stdin.end();
    return ended(child);
  };
  const good = async (line: string): Promise<string> => {
    const { exit, stdout, stderr } = await shell(line);
    expect(exit, `${line}\n${stderr}`).toBe(0);
    return stdout;
  };
  /** The command line of the first hint like this, of a command that fails. */
  const hintOf = async (line: string, which: RegExp): Promise<string> => {
    const { exit, stdout, stderr } = await shell(line);
    expect(exit, stderr).not.toBe(0);
    const said = `${stdout}\n${stderr}`.split('\n').find((one) => which.test(one)) ?? '';
    const command = /\b(?:keypair (?!hint)|ssh-keygen |chmod )[^,;]*/.exec(said.replace('keypair: hint: ', ''));
    expect(command, stderr).not.toBeNull();
    return command?.[0] ?? '';
  };

  const make = (name: string, more = ''): Promise<string> => good(`keypair create ${PLACE} --name ${name} -q ${more}`);
  const list = (more = PLACE): Promise<string> => good(`keypair list ${more} -q`);

  it('makes a key that the service takes, under a name that is free: the file of the refused one is there', async () => {
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file('.ssh/laptop')]);
    const refused = `keypair import ${PLACE} --name laptop .ssh/laptop.pub`;
    const line = await hintOf(refused, /make one that it takes/);
    expect(line).toBe(`keypair create ${PLACE} --local --type rsa-3072 --name laptop_rsa`);
    await good(line);
    expect(await list()).toBe('laptop_rsa\n');
    await good(`${await hintOf(refused, /or: ssh-keygen/)} -q -N ''`);
    expect(existsSync(file('.ssh/laptop_2'))).toBe(true);
    const other = `-p aliyun -r cn-beijing --sandbox`;
    const chinese = `keypair import ${other} --name 我的.密钥 .ssh/laptop.pub --key-dir 'my keys'`;
    await good(await hintOf(chinese, /make one that it takes/));
    expect(await list(other)).not.toBe('');
  }, 60_000);

  it('shows the pairs of the region that refused, in the sandbox', async () => {
    await make('foo');
    const taken = await hintOf(`keypair create ${PLACE} --name foo --key-dir other`, /choose another --name/);
    expect(taken).toBe(`keypair list ${PLACE}`);
    expect(await good(`${taken} -q`)).toBe('foo\n');
    const here = await hintOf(`keypair import ${PLACE} --name bar .ssh/foo.pub`, /already exists; see it with/);
    expect(await good(`${here} -q`)).toBe('foo\n');
    const absent = await hintOf(`keypair delete ${PLACE} bar -y`, /see what is there/);
    expect(await good(`${absent} -q`)).toBe('foo\n');
    const wrong = await hintOf(`keypair create ${PLACE} --name foo --recreate bar`, /see them with/);
    expect(await good(`${wrong} -q`)).toBe('foo\n');
  }, 60_000);

  it('shows where a pair is bound that is not bound to that instance', async () => {
    await make('foo');
    const servers = await hintOf(`keypair attach ${PLACE} foo nobody -y`, /see what is there/);
    expect(await good(`${servers} --name batch-1 -q`)).toBe('ins-sandbox3\n');
    const line = await hintOf(`keypair detach ${PLACE} foo ins-sandbox3 -y`, /see where it is bound/);
    expect(await good(line)).toMatch(/^foo\n/);
  }, 30_000);

  it('finds a pair: by its file, and of two of one name each', async () => {
    await make('foo');
    const byFile = await hintOf(
      `cd .ssh && keypair show ${PLACE} foo.txt || { touch foo.txt; cp foo.pub foo.txt; keypair show ${PLACE} foo.txt; }`,
      /is a file here/,
    );
    expect(await good(`cd .ssh && ${byFile}`)).toMatch(/^foo\n/);
    await good(`keypair create -p lighthouse -r ap-beijing --sandbox --name foo --key-dir other -q`);
    const several = `keypair show -p tencent,lighthouse -r ap-beijing --sandbox foo`;
    for (const provider of ['tencent', 'lighthouse']) {
      const line = await hintOf(several, new RegExp(`one is: .* -p ${provider} `));
      expect(await good(line)).toMatch(new RegExp(`provider +${provider}, ap-beijing`));
    }
    const nowhere = await hintOf(`keypair show -p aliyun -r cn-beijing --sandbox foo`, /look everywhere with/);
    expect((await shell(nowhere)).stderr).toContain('2 key pairs match');
  }, 60_000);

  it('of ensure uploads what is here, in a directory with a blank, and mends what ssh refuses', async () => {
    const ensure = `keypair ensure ${PLACE} --name foo --key-dir 'my keys'`;
    await good(ensure);
    await good(`keypair delete ${PLACE} foo -y`);
    await good(await hintOf(ensure, /upload its public key/));
    expect(await list()).toBe('foo\n');
    await good(ensure);
    chmodSync(file('my keys/foo'), 0o644);
    await good(await hintOf(ensure, /chmod 600/));
    expect(statSync(file('my keys/foo')).mode & 0o777).toBe(0o600);
    await good(ensure);
  }, 60_000);

  it('of ensure offers no upload of a key that the service does not take', async () => {
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file('.ssh/foo')]);
    const { exit, stderr } = await shell(`keypair ensure ${PLACE} --name foo`);
    expect(exit, stderr).toBe(5);
    expect(stderr).toContain('the service does not take this kind of key');
    expect(stderr).not.toContain('upload');
  });

  it('of doctor replaces a weak key, and deletes a pair whose key is lost', async () => {
    spawnSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '1024', '-N', '', '-f', file('.ssh/r14')]);
    await good(`keypair import ${PLACE} --name r14 .ssh/r14.pub`);
    const doctor = `keypair doctor ${PLACE}`;
    const weak = (await shell(doctor)).stdout;
    const line = /make another one: (keypair create .*?--sandbox)/.exec(weak.replace(/\n\s+/g, ' '))?.[1] ?? '';
    await good(line);
    expect(await list()).toMatch(/^r14_new$/m);
    await make('foo');
    await good('rm .ssh/foo .ssh/foo.pub');
    const told = (await shell(doctor)).stdout.replace(/\n\s+/g, ' ');
    const gone = /if nobody has it any more: (keypair delete \S+ -p \S+ -r \S+ --sandbox)/.exec(told)?.[1] ?? '';
    await good(`${gone} --yes`);
    expect(await list()).not.toMatch(/^foo$/m);
  }, 60_000);

  it('makes the profile that was not there, and lists what there is below a word', async () => {
    const line = await hintOf(`keypair list --profile nobody --sandbox`, /create it with/);
    await good(line);
    expect(await list('--profile nobody --sandbox')).toBe('');
    for (const word of ['auth', 'config', 'sandbox', 'trash'])
      expect(await good(await hintOf(`keypair ${word}`, /see keypair/))).toContain('usage');
    expect((await shell('keypair rename')).stderr).toContain('did you mean update --rename?');
    await make('foo');
    const match = await hintOf(
      'keypair fingerprint --match MD5:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00 .ssh/foo',
      /see all of them/,
    );
    expect(await good(match)).toContain('SHA256:');
  }, 30_000);
});
