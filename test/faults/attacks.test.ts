import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileRepositories } from '../../sandbox/file-repository.ts';
import type { StoredPair } from '../../sandbox/repository.ts';
import type { Run } from '../support/program.ts';
import { type Served, serveSandbox } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { keypairOnTerminal, type OnTerminal } from '../support/terminal.ts';
import { holds } from './findings.ts';

let home: string;
let served: Served;
/** What somebody does to the disk when the cloud has made the pair, just before its answer leaves. */
let meanwhile: () => void;
let cloud: string;

beforeEach(async () => {
  home = temporaryDirectory();
  cloud = temporaryDirectory();
  meanwhile = () => undefined;
  served = await serveSandbox({
    stateDir: cloud,
    onRequest: ({ action }) => {
      if (action === 'CreateKeyPair') meanwhile();
    },
  });
});
afterEach(() => served.close());

const ARGS = ['create', '-p', 'tencent', '--name', 'foo'] as const;
const at = (...names: readonly string[]): string => path.join(home, ...names);
const create = (...more: readonly string[]): Promise<Run> => served.run([...ARGS, ...more], { home });

function pair(): StoredPair | null {
  const [first = null] = fileRepositories(cloud)('cvm', 'ap-guangzhou').read().pairs;
  return first;
}

/** The file that stderr calls safe. */
function safe(stderr: string): string {
  return /safe in (\S+?)[:,\n]/.exec(stderr)?.[1] ?? '';
}

function requests(): readonly string[] {
  return served.sandbox.log.map(({ action }) => action);
}

describe('what is done to the directory while the cloud makes the pair', () => {
  it.each(['vanishes', 'is another one', 'is a link to elsewhere', 'is a file'])(
    'the key is rescued when the directory %s',
    async (what) => {
      mkdirSync(at('elsewhere'));
      meanwhile = () => {
        renameSync(at('.ssh'), at('moved'));
        if (what === 'is another one') mkdirSync(at('.ssh'));
        if (what === 'is a link to elsewhere') symlinkSync(at('elsewhere'), at('.ssh'));
        if (what === 'is a file') writeFileSync(at('.ssh'), '');
      };
      const { exit, stderr } = await create();
      expect(exit).toBe(7);
      expect(stderr).toContain(`${at('.ssh')} is gone or was replaced`);
      expect(path.dirname(safe(stderr))).toBe(at('.local/state/keypair/rescued'));
      expect(lstatSync(safe(stderr)).mode & 0o777).toBe(0o600);
      expect(holds(safe(stderr), pair())).toBe(true);
      expect(readdirSync(at('elsewhere'))).toEqual([]);
    },
  );

  it('the key is rescued when its file is replaced by a link', async () => {
    writeFileSync(at('victim'), 'precious');
    meanwhile = () => {
      const [temporary = ''] = readdirSync(at('.ssh'));
      rmSync(at('.ssh', temporary));
      symlinkSync(at('victim'), at('.ssh', temporary));
    };
    const { exit, stderr } = await create();
    expect(exit).toBe(7);
    expect(holds(safe(stderr), pair())).toBe(true);
    expect(readFileSync(at('victim'), 'utf8')).toBe('precious');
  });

  it.each(['foo', 'foo.pub'])('a link that appears at %s is left alone', async (name) => {
    meanwhile = () => {
      symlinkSync(at('victim'), at('.ssh', name));
    };
    const { exit, stderr } = await create();
    expect(exit).toBe(7);
    expect(holds(safe(stderr).replace(/,$/, ''), pair())).toBe(true);
    expect(lstatSync(at('.ssh', name)).isSymbolicLink()).toBe(true);
    expect(existsSync(at('victim'))).toBe(false);
  });
});

describe('when no disk can hold the key', () => {
  beforeEach(() => {
    meanwhile = () => {
      rmSync(at('.ssh'), { recursive: true });
      writeFileSync(at('.local/state/keypair/rescued'), 'in the way');
    };
  });

  function onTerminal(): OnTerminal {
    return keypairOnTerminal([...ARGS], { home, env: served.env });
  }

  it('deletes the pair again, and says so', async () => {
    const { exit, stdout, stderr } = await create();
    expect(stderr).toContain('so the pair was deleted again');
    expect(stderr).toContain('nothing is left of it');
    expect(exit).toBe(6);
    expect(stdout).toBe('');
    expect(stderr).not.toContain('PRIVATE KEY');
    expect(pair()).toBeNull();
    expect(requests()).toEqual(['CreateKeyPair', 'DeleteKeyPairs']);
    expect(readdirSync(at('.local/state/keypair/journal'))).toEqual([]);
  });

  it('names the pair when it cannot be deleted either', async () => {
    served.sandbox.fault({ kind: 'error', action: 'DeleteKeyPairs', code: 'InternalError', times: 9 });
    const { exit, stderr } = await create('--json');
    const id = pair()?.id ?? '';
    expect(JSON.parse(stderr)).toMatchObject({
      error: {
        code: 'PARTIAL',
        message: expect.stringContaining('is lost, and the pair could not be deleted') as string,
        hints: [
          expect.stringContaining(
            `delete it: keypair delete ${id} -p tencent -r ap-guangzhou --endpoint http://127.0.0.1:`,
          ) as string,
          expect.stringContaining('--recreate') as string,
        ],
      },
    });
    expect(exit).toBe(7);
    const [entry = ''] = readdirSync(at('.local/state/keypair/journal'));
    expect(readFileSync(at(`.local/state/keypair/journal/${entry}`), 'utf8')).toContain('"keyLost":true');
  });

  it('shows it on the screen when that is agreed to', async () => {
    await using terminal = onTerminal();
    await terminal.shows('Show it on this screen');
    expect(terminal.raw()).not.toContain('PRIVATE KEY');
    terminal.type('y\r');
    expect(await terminal.ended()).toBe(7);
    const shown = /-----BEGIN RSA PRIVATE KEY-----[\s\S]+-----END RSA PRIVATE KEY-----/.exec(terminal.raw());
    writeFileSync(at('typed'), `${shown?.[0].replaceAll('\r', '') ?? ''}\n`);
    expect(holds(at('typed'), pair())).toBe(true);
    expect(terminal.screen()).toContain('was shown on the screen and is on no disk');
    expect(requests()).toEqual(['CreateKeyPair']);
  });

  it.each([
    ['is declined', 'n\r'],
    ['is left with Ctrl-C', '\u0003'],
  ])('deletes the pair again when the screen %s', async (_what, keys) => {
    await using terminal = onTerminal();
    await terminal.shows('Show it on this screen');
    terminal.type(keys);
    const exit = await terminal.ended();
    expect(terminal.screen()).toContain('so the pair was deleted again');
    expect(terminal.raw()).not.toContain('PRIVATE KEY');
    expect(exit).toBe(6);
    expect(pair()).toBeNull();
  });
});

describe('a key directory in which others could meddle', () => {
  const root = process.getuid?.() === 0;

  it('is refused before the call when everybody may write in it', async () => {
    mkdirSync(at('.ssh'));
    chmodSync(at('.ssh'), 0o777);
    const { exit, stderr } = await create();
    expect(stderr).toContain(`chmod go-w ${at('.ssh')}`);
    expect(exit).toBe(2);
    expect(requests()).toEqual([]);
    expect(readdirSync(at('.ssh'))).toEqual([]);
  });

  it.each([
    ['a group of others may write in it', 0, 100, 'chmod g-w'],
    ['it belongs to somebody else', 12345, 12345, 'belongs to another user'],
  ])('is refused when %s', async (_what, uid, gid, told) => {
    mkdirSync(at('.ssh'));
    chmodSync(at('.ssh'), 0o700);
    // Only root can give a directory away; anybody else keeps one of his own, which is taken.
    if (root) chownSync(at('.ssh'), uid, gid);
    chmodSync(at('.ssh'), uid === 0 && root ? 0o770 : 0o700);
    const { exit, stderr } = await create();
    expect(stderr.includes(told)).toBe(root);
    expect(exit).toBe(root ? 2 : 0);
    expect(requests()).toEqual(root ? [] : ['CreateKeyPair']);
  });

  it('is taken when the group is the owner’s own', async () => {
    mkdirSync(at('.ssh'));
    if (root) chownSync(at('.ssh'), 0, 0);
    chmodSync(at('.ssh'), root ? 0o770 : 0o700);
    expect(await create('-q')).toMatchObject({ exit: 0 });
  });

  it('is taken when the sticky bit keeps others off', async () => {
    mkdirSync(at('.ssh'));
    chmodSync(at('.ssh'), 0o1777);
    expect(await create('-q')).toMatchObject({ exit: 0 });
  });
});

describe('names that are the same to other file systems', () => {
  it.each(['Foo', 'FOO.pub'])('%s beside foo is warned of', async (other) => {
    mkdirSync(at('.ssh'), { mode: 0o700 });
    writeFileSync(at('.ssh', other), 'another');
    const { exit, stderr } = await create();
    expect(stderr).toContain(`foo differs from ${other} beside it only by case`);
    expect(exit).toBe(0);
    expect(readFileSync(at('.ssh', other), 'utf8')).toBe('another');
  });

  it('an accented letter in its other form is warned of', async () => {
    mkdirSync(at('.ssh'), { mode: 0o700 });
    writeFileSync(at('.ssh', 'cle\u0301'), 'another');
    const { exit, stderr } = await create('--output', '.ssh/cl\u00e9');
    expect(stderr).toContain('only by case or Unicode form');
    expect(exit).toBe(0);
  });

  it('two in one run are refused before the call', async () => {
    const { exit, stderr } = await create('Foo');
    expect(stderr).toContain('foo and Foo differ only by case or Unicode form');
    expect(exit).toBe(2);
    expect(requests()).toEqual([]);
  });
});
