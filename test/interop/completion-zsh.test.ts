import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
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

/** A zsh on a terminal, with its completion system on and `_keypair` where that looks for it. */
async function zsh(
  dir: string,
  place: (file: string) => void,
  env: Readonly<Record<string, string>> = {},
): Promise<OnTerminal> {
  runShell('zsh', ['--version'], dir);
  const functions = path.join(dir, '.zfunc');
  mkdirSync(functions);
  place(path.join(functions, '_keypair'));
  const terminal = onTerminal('zsh', ['-f', '-i'], { cwd: dir, env: { ...shellEnv(dir), ...env } });
  await terminal.shows(/^> ?$/m);
  terminal.type(`unsetopt beep; fpath+=(${functions}); autoload -Uz compinit; compinit -u -D; clear\r`);
  await terminal.shows(/^>$/);
  return terminal;
}

describe('completion in zsh', () => {
  const dir = someFiles(afterAll);
  let terminal: OnTerminal;
  beforeAll(async () => {
    terminal = await zsh(dir, (file) => {
      copyFileSync(COMMITTED.zsh, file);
    });
  });
  afterAll(() => terminal[Symbol.asyncDispose]());

  it('is a script without mistakes', () => {
    expect(runShell('zsh', ['-n', COMMITTED.zsh], someFiles())).toBe('');
  });

  it.each([
    ['keypair cre', '> keypair create x'],
    ['keypair create --provi', '> keypair create --provider x'],
    ['keypair --json create --dry', '> keypair --json create --dry-run x'],
    ['keypair create --provider aliy', '> keypair create --provider aliyun x'],
    ['keypair create --provider=aliy', '> keypair create --provider=aliyun x'],
    ['keypair -p aliyun create -r cn-qing', '> keypair -p aliyun create -r cn-qingdao x'],
    ['keypair create --provider=alibaba --region=cn-qing', '> keypair create --provider=alibaba --region=cn-qingdao x'],
    ['keypair -p aliyun create -r ap-guang', '> keypair -p aliyun create -r ap-guangx'],
    ['keypair create -r ap-guang', '> keypair create -r ap-guangzhou x'],
    ['keypair sandbox serve --po', '> keypair sandbox serve --port x'],
    ['keypair help cre', '> keypair help create x'],
    ['keypair help auth logi', '> keypair help auth login x'],
    ['keypair sandbox se', '> keypair sandbox serve x'],
    ['keypair create --name sandbox b --dry', '> keypair create --name sandbox b --dry-run x'],
    ['keypair create --api-version 2', '> keypair create --api-version 2017-03-12 x'],
    ['keypair fingerprint file.', '> keypair fingerprint file.pub x'],
    ['keypair fingerprint --all file\\ o', '> keypair fingerprint --all file\\ one.pub x'],
    ['keypair create --output=file.', '> keypair create --output=file.pub x'],
    ['keypair create --key-dir=cr', '> keypair create --key-dir=create/x'],
    ['keypair create --key-dir file.', '> keypair create --key-dir file.x'],
    ['keypair create --name file.', '> keypair create --name file.x'],
  ])('TAB after %j makes it %j', async (typed, line) => {
    await terminal.typeAnew(`${typed}\tx`);
    await terminal.shows(line);
  });

  it('shows what there is and what it does', async () => {
    await terminal.typeAnew('keypair \t');
    await terminal.shows('make a key pair in the cloud and save its private key');
    await terminal.shows('the local stand-in cloud: serve it, look at it, empty it');
  });

  it('works when it is evaluated in .zshrc, too', async () => {
    await using another = await zsh(someFiles(), () => undefined);
    another.type(`eval "$(cat ${COMMITTED.zsh})"\r`);
    await another.typeAnew('keypair create --provider=aliy\tx');
    await another.shows('> keypair create --provider=aliyun x');
  });

  it('takes nothing in an answer for code', async () => {
    const dir = someFiles();
    const place = (file: string): void => {
      copyFileSync(COMMITTED.zsh, file);
    };
    const PATH = answering(dir, `words\ntry:${NASTY.replaceAll('\\', '\\\\')}\nuse:it\n`);
    await using another = await zsh(dir, place, { PATH });
    another.type('keypair \t');
    await another.shows(NASTY);
    expect(contents(dir)).toEqual(SOME_FILES);
  });
});
