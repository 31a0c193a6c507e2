import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type OnTerminal, onTerminal } from '../support/terminal.ts';
import { COMMITTED, contents, shellEnv, SOME_FILES, someFiles, SYSTEM } from '../unit/completion/shell.ts';

/** How each shell is started with our script, and nothing else, in it. */
const SHELLS = {
  bash: {
    args: ['--noprofile', '--norc', '-i'],
    load: `bind 'set bell-style none'; . ${COMMITTED.bash}; clear`,
    set: (name: string, value: string) => `export ${name}=${value}`,
    unset: (name: string) => `unset ${name}`,
  },
  zsh: {
    args: ['-f', '-i'],
    load: `unsetopt beep; autoload -Uz compinit; compinit -u -D; . ${COMMITTED.zsh}; clear`,
    set: (name: string, value: string) => `export ${name}=${value}`,
    unset: (name: string) => `unset ${name}`,
  },
  fish: {
    args: ['--no-config', '-i'],
    load: `function fish_prompt; echo -n '> '; end; set -g fish_autosuggestion_enabled 0; source ${COMMITTED.fish}; clear`,
    set: (name: string, value: string) => `set -gx ${name} ${value}`,
    unset: (name: string) => `set -e ${name}`,
  },
} as const;

type ShellName = keyof typeof SHELLS;

/** A home with a configuration and a cache in it. */
function furnish(home: string): void {
  const config = path.join(home, '.config/keypair');
  mkdirSync(config, { recursive: true });
  const work = { provider: 'aliyun', region: 'cn-shanghai' };
  writeFileSync(path.join(config, 'config.json'), JSON.stringify({ profiles: { work, holiday: {} } }));
  const names = path.join(home, '.cache/keypair/names');
  mkdirSync(names, { recursive: true });
  const cache = (file: string, ...pairs: readonly string[]): void => {
    const bound: Readonly<Record<string, readonly string[]>> = {
      beta: ['ins-aaaa1111', 'ins-bbbb2222'],
      northern: ['ins-cccc3333', '$(touch gone)'],
    };
    const rows = pairs.map((name, index) => [
      name,
      `skey-${name}${index}`,
      'rsa 2048',
      ...(bound[name] === undefined ? [] : [bound[name]]),
    ]);
    writeFileSync(path.join(names, `${file}.json`), JSON.stringify(rows));
  };
  cache('tencent,ap-guangzhou,default,cn', 'alpha', 'beta', 'x$(touch gone)', 'y`touch gone`', "z'w");
  cache('tencent,ap-beijing,default,cn', 'northern');
  cache('aliyun,cn-shanghai,work,cn', 'shang:hai', 'shang:xi');
  cache('tencent,ap-guangzhou,sandbox', 'sandy');
}

async function open(shell: ShellName, home: string, env = {}): Promise<OnTerminal> {
  const { args, load } = SHELLS[shell];
  const terminal = onTerminal(shell, args, { cwd: home, env: { ...shellEnv(home), ...env } });
  await terminal.shows(/[>#] ?$/m);
  terminal.type(`${load}\r`);
  await terminal.shows(/^>$/);
  return terminal;
}

describe.each(Object.keys(SHELLS) as ShellName[])('completion of what this machine knows, in %s', (shell) => {
  const home = someFiles(afterAll);
  let terminal: OnTerminal;
  beforeAll(async () => {
    furnish(home);
    terminal = await open(shell, home);
  });
  afterAll(() => terminal[Symbol.asyncDispose]());
  afterEach(() => {
    expect(contents(home)).toEqual(SOME_FILES);
  });

  async function tab(typed: string, line: string): Promise<void> {
    await terminal.typeAnew(`${typed}\t`);
    await terminal.shows(new RegExp(`^> ${line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'm'));
  }

  it.each([
    ['keypair show -p tencent al', 'keypair show -p tencent alpha'],
    ['keypair show -p cvm -r ap-beijing nor', 'keypair show -p cvm -r ap-beijing northern'],
    ['keypair delete -p tencent skey-al', 'keypair delete -p tencent skey-alpha0'],
    ['keypair delete -p tencent alpha be', 'keypair delete -p tencent alpha beta'],
    ['keypair attach -p tencent alpha be', 'keypair attach -p tencent alpha be'],
    ['keypair update -p tencent --sandbox san', 'keypair update -p tencent --sandbox sandy'],
    ['keypair ensure -p tencent -n alp', 'keypair ensure -p tencent -n alpha'],
    ['keypair show --profile work shang:h', 'keypair show --profile work shang:hai'],
    ['keypair show nor', 'keypair show northern'],
    ['keypair show file.p', 'keypair show file.pub'],
    ['keypair list --profile wo', 'keypair list --profile work'],
    ['keypair list --profile work -r cn-shangh', 'keypair list --profile work -r cn-shanghai'],
    ['keypair list -p tencent,aliy', 'keypair list -p tencent,aliyun'],
    ['keypair list -p lighthouse,aliyun -r ap-hong', 'keypair list -p lighthouse,aliyun -r ap-hongkong'],
    ['keypair list -p aliyun -r cn-hangzhou,cn-qing', 'keypair list -p aliyun -r cn-hangzhou,cn-qingdao'],
    ['keypair attach -p tencent alpha ins-b', 'keypair attach -p tencent alpha ins-bbbb2222'],
    ['keypair attach -r ap-beijing alpha ins', 'keypair attach -r ap-beijing alpha ins-cccc3333'],
    ['keypair detach -p tencent --wait beta ins-a', 'keypair detach -p tencent --wait beta ins-aaaa1111'],
    ['keypair detach beta ins-aaaa1111 ins', 'keypair detach beta ins-aaaa1111 ins-bbbb2222'],
    ['keypair detach --user me skey-northern0 ins', 'keypair detach --user me skey-northern0 ins-cccc3333'],
    ['keypair detach -p tencent alpha ins', 'keypair detach -p tencent alpha ins'],
    ['keypair detach -p tencent alpha file.p', 'keypair detach -p tencent alpha file.p'],
    ['keypair list -p al', 'keypair list -p al'],
    ['keypair list -p all -r al', 'keypair list -p all -r all'],
    ['keypair list --region=al', 'keypair list --region=all'],
    ['keypair list -p aliyun -r cn-hangzhou,al', 'keypair list -p aliyun -r cn-hangzhou,al'],
    ['keypair import -p aliyun -r al', 'keypair import -p aliyun -r all'],
    ['keypair show -p aliyun -r al', 'keypair show -p aliyun -r all'],
    ['keypair update -p aliyun -r al', 'keypair update -p aliyun -r al'],
    ['keypair -p ecs -r cn-hangz', 'keypair -p ecs -r cn-hangzhou'],
    ['keypair -pecs create -r cn-hangz', 'keypair -pecs create -r cn-hangzhou'],
    ['keypair -p aliyun --profile work show shang:x', 'keypair -p aliyun --profile work show shang:xi'],
    ['keypair config set si', 'keypair config set site'],
    ['keypair config set site in', 'keypair config set site intl'],
    ['keypair config set profile holi', 'keypair config set profile holiday'],
    ['keypair config get reg', 'keypair config get region'],
    ['keypair sandbox ser', 'keypair sandbox serve'],
    ['keypair -p tencent create --dry', 'keypair -p tencent create --dry-run'],
    ['keypair create --dry-run --dry', 'keypair create --dry-run --dry'],
    ['keypair list --profile=wo', 'keypair list --profile=work'],
    ['keypair list --provider=tencent,aliy', 'keypair list --provider=tencent,aliyun'],
    ['keypair show --profile work -- shang:x', 'keypair show --profile work -- shang:xi'],
  ])('TAB after %j makes it %j', tab);

  it('offers all providers at once to a command that takes them', async () => {
    await terminal.typeAnew('keypair list -p al\t\t');
    await terminal.shows(/\ball\b/);
    await tab('keypair create -p all', 'keypair create -p all');
    await terminal.typeAnew('keypair create -p al\t\t\t');
    await terminal.shows(/alibaba/);
    expect(terminal.screen()).not.toMatch(/\ball\b/);
  });

  it('takes the provider that KEYPAIR_PROVIDER names', async () => {
    await terminal.typeAnew(`${SHELLS[shell].set('KEYPAIR_PROVIDER', 'lighthouse')}; clear\r`);
    await tab('keypair list -r ap-g', 'keypair list -r ap-guangzhou');
    await tab('keypair list -r cn-h', 'keypair list -r cn-h');
    await tab('keypair show alph', 'keypair show alph');
    await terminal.typeAnew(`${SHELLS[shell].unset('KEYPAIR_PROVIDER')}; clear\r`);
    await tab('keypair show alph', 'keypair show alpha');
  });

  it('offers no name that the shell would take for more than a word', async () => {
    await terminal.typeAnew('keypair delete -p tencent \t\t');
    await terminal.shows(/alpha[\s\S]*beta/);
    expect(terminal.screen()).not.toMatch(/gone|z'w/);
  });

  it('offers nothing where the program cannot be asked', async () => {
    await using another = await open(shell, home, { PATH: SYSTEM });
    for (const line of ['keypair list -r cn-hangz', 'keypair show alp', 'keypair doc']) {
      await another.typeAnew(`${line}\tx`);
      await another.shows(`> ${line}x`);
    }
  });
});
