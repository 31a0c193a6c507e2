import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answering,
  COMMITTED,
  contents,
  NASTY,
  runShell,
  shellEnv,
  SOME_FILES,
  someFiles,
} from '../unit/completion/shell.ts';
import { type OnTerminal, onTerminal } from '../support/terminal.ts';

/** What the script answers to these words, the last of them being typed; bash has already split them. */
function answer(words: readonly string[], before = ':'): readonly string[] {
  const code = `${before}; . "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _keypair
    ((\${#COMPREPLY[@]} == 0)) || printf '%s\\n' "\${COMPREPLY[@]}"`;
  const printed = runShell('bash', ['-c', code, 'bash', COMMITTED.bash, 'keypair', ...words], someFiles());
  return printed.split('\n').filter((line) => line !== '');
}

describe('completion in bash', () => {
  it.each([
    [['cre'], ['create']],
    [['create', '--provi'], ['--provider']],
    [['--json', 'create', '--provi'], ['--provider']],
    [
      ['create', '-p', 'ten'],
      ['tencent', 'tencent-cvm', 'tencent-lighthouse', 'tencent-legacy'],
    ],
    [
      ['create', '--provider', '=', 'ali'],
      ['aliyun', 'alibaba', 'alicloud'],
    ],
    [
      ['create', '--provider=ali'],
      ['aliyun', 'alibaba', 'alicloud'],
    ],
    [['create', '--provider', '=', 'alibaba', '--region', '=', 'cn-qing'], ['cn-qingdao']],
    [['-p', 'aliyun', 'create', '-r', 'ap-guang'], []],
    [['-p', 'tencent', 'create', '-r', 'ap-guang'], ['ap-guangzhou']],
    [['create', '-r', 'ap-guang'], ['ap-guangzhou']],
    [['create', '--region', 'cn-qing'], ['cn-qingdao']],
    // E25: no service takes ed25519.
    [
      ['create', '--type', 'e'],
      ['ecdsa-256', 'ecdsa-384', 'ecdsa-521'],
    ],
    [
      ['list', '-p', 'al'],
      ['aliyun', 'alibaba', 'alicloud', 'all'],
    ],
    [
      ['list', '-p', 'tencent,al'],
      ['tencent,aliyun', 'tencent,alibaba', 'tencent,alicloud'],
    ],
    [
      ['create', '-p', 'al'],
      ['aliyun', 'alibaba', 'alicloud'],
    ],
    [['-p', 'all', 'doctor', '--region', '=', 'al'], ['all']],
    [['-r', 'al'], ['all']],
    [['show', '-r', 'al'], ['all']],
    [['auth', 'login', '-p', 'all'], []],
    [['auth', 'status', '-p', 'all'], ['all']],
    [['he'], ['help']],
    [['help', 'cre'], ['create']],
    [
      ['help', 'auth', ''],
      ['login', 'status', 'logout'],
    ],
    [['help', 'create', ''], []],
    [['sandbox', 'se'], ['serve']],
    [['sandbox', 'serve', '--po'], ['--port']],
    [['create', '--po'], []],
    [['sandbox', 'serve', '--no-in'], ['--no-input']],
    [
      ['create', '--api-version', ''],
      ['2017-03-12', 'v2'],
    ],
    [
      ['--site', ''],
      ['cn', 'intl'],
    ],
    [['create', '--name', 'sandbox', '--dry'], ['--dry-run']],
    [['create', '--name', ''], []],
    [['create', '--tag', 'a', '=', 'b', '--dry'], ['--dry-run']],
    [['create', '--endpoint', 'https', ':', '//x', '--dry'], ['--dry-run']],
    [['create', '--', '--dry'], []],
    [['fingerprint', ''], []],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish', 'powershell'],
    ],
  ])('completes %j with %j', (words, offers) => {
    expect(answer(words)).toEqual(offers);
  });

  it('does its work whatever the shell is set to', () => {
    expect(answer(['create', '--provider=ali'], 'set -euo pipefail; IFS=,')).toHaveLength(3);
    expect(answer(['create', '--provider=aliy'], 'COMP_WORDBREAKS=" "')).toEqual(['--provider=aliyun']);
    expect(answer(['create', '--name', ''], 'set -e')).toEqual([]);
  });

  it('takes nothing in an answer for code', () => {
    const dir = someFiles();
    const code = '. "$1"; COMP_WORDS=(keypair t) COMP_CWORD=1; _keypair; printf "%s\\n" "${COMPREPLY[@]}"';
    const env = { PATH: answering(dir, `words\ntry\n${NASTY}\n*\n`) };
    expect(runShell('bash', ['-c', code, 'bash', COMMITTED.bash], dir, env)).toBe(`try\n${NASTY}\n*\n`);
    expect(contents(dir)).toEqual(SOME_FILES);
  });

  it('pleases shellcheck', () => {
    expect(runShell('shellcheck', [COMMITTED.bash], someFiles())).toBe('');
  });

  describe('on a terminal', () => {
    const dir = someFiles(afterAll);
    let terminal: OnTerminal;
    beforeAll(async () => {
      runShell('bash', ['--version'], dir);
      terminal = onTerminal('bash', ['--noprofile', '--norc', '-i'], { cwd: dir, env: shellEnv(dir) });
      await terminal.shows(/^>$/m);
      terminal.type(`bind 'set bell-style none'; . ${COMMITTED.bash}; clear\r`);
      await terminal.shows(/^>$/);
    });
    afterAll(() => terminal[Symbol.asyncDispose]());

    it.each([
      ['keypair cre', '> keypair create x'],
      ['keypair create --provi', '> keypair create --provider x'],
      ['keypair create --provider=aliy', '> keypair create --provider=aliyun x'],
      ['keypair create -p aliyun --region=cn-qing', '> keypair create -p aliyun --region=cn-qingdao x'],
      ['keypair fingerprint file\\ o', '> keypair fingerprint file\\ one.pub x'],
      ['keypair fingerprint cr', '> keypair fingerprint create/x'],
      ['keypair create --output=file.', '> keypair create --output=file.pub x'],
      ['keypair create --key-dir cr', '> keypair create --key-dir create/x'],
      ['keypair create --key-dir=cr', '> keypair create --key-dir=create/x'],
      ['keypair create --key-dir file.', '> keypair create --key-dir file.x'],
      ['keypair create --name file.', '> keypair create --name file.x'],
      ['keypair create file.', '> keypair create file.x'],
    ])('TAB after %j makes it %j', async (typed, line) => {
      await terminal.typeAnew(`${typed}\tx`);
      await terminal.shows(line);
    });

    it('TAB TAB shows what there is', async () => {
      await terminal.typeAnew('keypair create --provider=\t\t');
      await terminal.shows(/^alibaba +\S+/m);
      expect(terminal.screen()).not.toContain('file');
    });
  });
});
