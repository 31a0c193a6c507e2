import { describe, expect, it } from 'vitest';
import { answering, COMMITTED, contents, NASTY, runShell, SOME_FILES, someFiles } from '../unit/completion/shell.ts';

/** What fish offers for this line, each offer with its description behind a tab. */
function offers(line: string, env: Readonly<Record<string, string>> = {}, dir = someFiles()): readonly string[] {
  const code = 'source $argv[1]; complete -C $argv[2]';
  const printed = runShell('fish', ['--no-config', '-c', code, COMMITTED.fish, line], dir, env);
  return printed.split('\n').filter((offer) => offer !== '');
}

const words = (line: string): readonly string[] => offers(line).map((offer) => offer.split('\t')[0] ?? '');

describe('completion in fish', () => {
  it.each([
    ['keypair cre', ['create']],
    ['keypair create --pro', ['--profile', '--project', '--provider']],
    ['keypair --json create --provi', ['--provider']],
    ['keypair create -p ali', ['alibaba', 'alicloud', 'aliyun']],
    ['keypair create --provider=ali', ['--provider=alibaba', '--provider=alicloud', '--provider=aliyun']],
    ['keypair create --provider=alibaba --region=cn-qing', ['--region=cn-qingdao']],
    ['keypair -p aliyun create -r ap-guang', []],
    ['keypair -p tencent create -r ap-guang', ['ap-guangzhou']],
    ['keypair create -r cn-qing', ['cn-qingdao']],
    ['keypair create -r ap-guang', ['ap-guangzhou']],
    ['keypair list -p al', ['alibaba', 'alicloud', 'aliyun', 'all']],
    ['keypair list -p tencent,al', ['tencent,alibaba', 'tencent,alicloud', 'tencent,aliyun']],
    ['keypair create -p al', ['alibaba', 'alicloud', 'aliyun']],
    ['keypair -p all doctor --region=al', ['--region=all']],
    ['keypair -r al', ['all']],
    // fish searches the descriptions, too.
    ['keypair auth login -p all', ['alibaba', 'alicloud', 'aliyun', 'simple-application-server', 'swas']],
    ['keypair auth status -p all', ['all']],
    ['keypair -pecs create -r cn-qing', ['cn-qingdao']],
    ['keypair -pecs create -r ap-guang', []],
    ['keypair help cre', ['create']],
    ['keypair help auth ', ['login', 'logout', 'status']],
    ['keypair help create ', []],
    ['keypair sandbox se', ['serve']],
    ['keypair sandbox serve --po', ['--port']],
    ['keypair create --po', []],
    ['keypair create --api-version ', ['2017-03-12', 'v2']],
    ['keypair create --name sandbox --dry', ['--dry-run']],
    ['keypair create --name fi', []],
    ['keypair create fi', []],
    ['keypair fingerprint fi', ['file one.pub', 'file.pub', 'files/']],
    ['keypair create --output fi', ['file one.pub', 'file.pub', 'files/']],
    ['keypair create --key-dir fi', ['files/']],
    ['keypair create --key-dir=fi', ['--key-dir=files/']],
    ['keypair completion ', ['bash', 'fish', 'powershell', 'zsh']],
  ])('completes %j with %j', (line, expected) => {
    expect([...words(line)].sort()).toEqual([...expected].sort());
  });

  it('says what each does', () => {
    expect(offers('keypair cre')).toEqual(['create\tmake a key pair in the cloud and save its private key']);
    expect(offers('keypair create -p aliy')).toEqual(['aliyun\tAlibaba Cloud ECS']);
  });

  it('says it in the language of the user', () => {
    const chinese = [expect.stringMatching(/^create\t\p{Script=Han}/u)];
    expect(offers('keypair cre', { KEYPAIR_LANG: 'zh-CN' })).toEqual(chinese);
  });

  it('takes nothing in an answer for code', () => {
    const dir = someFiles();
    const env = { PATH: answering(dir, `words\ntry\t${NASTY}\n`) };
    expect(offers('keypair t', env, dir)).toEqual([`try\t${NASTY}`]);
    expect(contents(dir)).toEqual(SOME_FILES);
  });
});
