import { beforeEach, describe, expect, it } from 'vitest';
import { run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

describe('variables that stand for switches', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
  });

  it('KEYPAIR_JSON: results and errors are JSON, those of the command line included', async () => {
    const env = { KEYPAIR_JSON: '1', LANG: 'zh_CN.UTF-8' };
    const { stdout } = await run(['regions', '-p', 'lighthouse'], { home, env });
    expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ region: 'ap-hongkong' }));
    for (const args of [['crate'], ['create'], ['list', '--nonsense'], ['auth'], []]) {
      const { exit, stdout: none, stderr } = await run(args, { home, env });
      expect([exit, none]).toEqual([2, '']);
      expect(JSON.parse(stderr)).toMatchObject({
        error: { code: 'USAGE', message: expect.any(String) as string },
      });
    }
  });

  it('KEYPAIR_QUIET, KEYPAIR_YES, KEYPAIR_SANDBOX: a name goes in, a path comes out', async () => {
    const env = {
      KEYPAIR_QUIET: '1',
      KEYPAIR_YES: 'yes',
      KEYPAIR_SANDBOX: 'on',
      KEYPAIR_PROVIDER: 'tencent',
    };
    const made = await run(['create', '--name', 'foo'], { home, env });
    expect(made).toEqual({ exit: 0, stdout: `${home}/.ssh/foo\n`, stderr: '' });
    // Off a terminal a deletion needs a yes.
    const refused = await run(['delete', 'foo'], { home, env: { ...env, KEYPAIR_YES: '0' } });
    expect(refused.exit).toBe(2);
    expect(await run(['delete', 'foo'], { home, env })).toMatchObject({ exit: 0, stderr: '' });
  });

  it('KEYPAIR_DEBUG: says where an error came from, also without the flag', async () => {
    const env = { KEYPAIR_DEBUG: '1', KEYPAIR_TIMEOUT: 'soon' };
    const { exit, stderr } = await run(['list', '-p', 'tencent'], { home, env });
    expect(exit).toBe(2);
    expect(stderr).toMatch(/^keypair: error: KEYPAIR_TIMEOUT takes seconds.*\nkeypair: debug: at /);
  });

  it('a bad one is named', async () => {
    const { exit, stderr } = await run(['list'], { home, env: { KEYPAIR_JSON: 'perhaps' } });
    expect(exit).toBe(2);
    expect(stderr).toBe(
      'keypair: error: KEYPAIR_JSON is neither on nor off\nkeypair: hint: set KEYPAIR_JSON to 1 or 0\n',
    );
  });
});

describe('keypair help', () => {
  const home = temporaryDirectory();

  it.each(['', 'create', 'auth', 'auth login', 'sandbox serve', 'completion zsh'])(
    'shows of %j what --help shows',
    async (words) => {
      const topic = words.split(' ').filter((word) => word !== '');
      const help = await run(['help', ...topic], { home });
      expect(help).toEqual(await run([...topic, '--help'], { home }));
      expect(help).toMatchObject({ exit: 0, stderr: '' });
      expect(help.stdout).toContain(`\n  keypair ${words}`);
    },
  );

  it.each([
    ['crate', 'crate', 'create', ''],
    ['auth logn', 'logn', 'login', 'auth '],
  ])('of %j says what it may mean', async (words, unknown, meant, above) => {
    for (const args of [
      ['help', ...words.split(' ')],
      [...words.split(' '), '--help'],
    ])
      expect(await run(args, { home })).toEqual({
        exit: 2,
        stdout: '',
        stderr: `keypair: error: unknown command '${unknown}'\nkeypair: hint: did you mean ${meant}?\nkeypair: hint: see keypair ${above}--help\n`,
      });
  });

  it('of a word that is like none says that there is none', async () => {
    const { exit, stderr } = await run(['help', 'constructor', '--json'], { home });
    expect(exit).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'USAGE', message: "unknown command 'constructor'" },
    });
  });
});
