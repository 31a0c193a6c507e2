import { beforeEach, describe, expect, it } from 'vitest';
import { run } from '../support/program.ts';
import { serveSandbox } from '../support/served.ts';
import { KEYS, keypairOnTerminal, type OnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { converse, expectRestored, line, QUESTIONS } from './talk.ts';

const { menu, provider, region, name, where, passphrase, go } = QUESTIONS;

/** The question that stands at the end of the screen, with the cursor under or in it. */
async function asks(terminal: OnTerminal, question: string): Promise<void> {
  await terminal.shows(new RegExp(String.raw`↩[^↩]*\? ${question.replace(/[?()]/g, String.raw`\$&`)}[^↩]*$`));
}

describe('a way back', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
  });

  it('leads by Esc from each question to the one before, and from the first to the menu', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home, rows: 60 });
    await converse(terminal, [menu], [provider], [region], [name, 'foo'], [where], [passphrase]);
    await terminal.shows(go);
    for (const question of [passphrase, where, name, region, provider, menu]) {
      terminal.type(KEYS.escape);
      await asks(terminal, question);
    }
    terminal.type(KEYS.enter);
    await terminal.shows(/\? Where do you want a key pair\?[^✔↩]*$/);
    terminal.type(line(3) + KEYS.enter);
    await terminal.shows(/\(aliyun\)\n\? Region[^✔↩]*cn-hangzhou[^✔↩]*$/);
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expectRestored(terminal);
  });

  it('is said beside the keys, in Chinese as well, and is a line of < on a dumb terminal', async () => {
    await using chinese = keypairOnTerminal(['--sandbox', '--lang', 'zh-CN'], { home });
    await converse(chinese, ['你想做什么？']);
    await chinese.shows('esc 返回');
    chinese.type(KEYS.escape);
    await chinese.shows(/↩ 返回[^]*你想做什么？/);
    await using dumb = keypairOnTerminal(['--sandbox'], { home, env: { TERM: 'dumb' } });
    await converse(dumb, [menu, '1'], [provider, '1'], ['  <  back', '<']);
    await dumb.shows(/Region[^]*Where do you want a key pair\?[^]*Number: \[1\]$/);
  });

  it('is not there where nothing was asked before', async () => {
    await using terminal = keypairOnTerminal(['create', '--sandbox'], { home });
    await terminal.shows(provider);
    terminal.type(KEYS.escape);
    // Typed sooner, it would be one key with Esc.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await converse(terminal, [provider, line(2)], [region]);
    await terminal.shows(name);
  });

  it('leads from the questions about a pair to the pairs', async () => {
    await run(['create', '--sandbox', '-p', 'tencent', '--name', 'foo', 'bar'], { home });
    await using terminal = keypairOnTerminal(['--sandbox', '-p', 'tencent'], { home, rows: 60 });
    await converse(terminal, [menu, line(2)], [region, 'ap-guangzhou']);
    await terminal.shows('Which key pair');
    terminal.type(`foo${KEYS.enter}`);
    await terminal.shows('What do you want to do with foo?');
    terminal.type(line(9) + KEYS.enter);
    await terminal.shows('New passphrase of ');
    terminal.type(KEYS.escape);
    await asks(terminal, 'What do you want to do with foo?');
    terminal.type(line(10) + KEYS.enter);
    await terminal.shows('Delete foo');
    terminal.type(KEYS.escape);
    await asks(terminal, 'What do you want to do with foo?');
    terminal.type(KEYS.escape);
    await asks(terminal, 'Which key pair (type to search)?');
    terminal.type(KEYS.escape);
    await asks(terminal, region);
    terminal.type(KEYS.escape);
    await asks(terminal, menu);
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
  });
});

describe('at the summary', () => {
  it('provider, region and where can be changed', async () => {
    const home = temporaryDirectory();
    await using terminal = keypairOnTerminal(['--sandbox'], { home, rows: 70 });
    await converse(terminal, [menu], [provider], [region], [name, 'foo'], [where], [passphrase], [go, line(6)]);
    await terminal.shows(/Change the provider\n[^]*Where do you want a key pair\?[^]*❯/);
    terminal.type(line(3) + KEYS.enter);
    await terminal.shows(/\(aliyun\)\n[^]*Region \(type to search\):[^]*❯/);
    terminal.type(`shenzhen${KEYS.enter}`);
    await terminal.shows(/cn-shenzhen\n[^]*Go ahead\?[^]*❯/);
    expect(terminal.screen()).toContain('Alibaba Cloud ECS (aliyun), cn-shenzhen');
    terminal.type(KEYS.enter);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toMatch(/--provider aliyun --region cn-shenzhen --name foo --local/);
  }, 20_000);
});

it('a name that the service has already is asked for again', async () => {
  const home = temporaryDirectory();
  const place = ['--sandbox', '-p', 'tencent', '-r', 'ap-guangzhou'];
  await run(['create', ...place, '--name', 'foo', '--key-dir', 'elsewhere'], { home });
  await using terminal = keypairOnTerminal(['create', ...place], { home, rows: 70 });
  await converse(terminal, [name, 'foo'], [where, line(2)], [go]);
  await terminal.shows(/keypair: error:[^]*\? Name of the key pair:/);
  terminal.type(`bar${KEYS.enter}`);
  await terminal.shows(/bar\n[^]*Go ahead\?[^]*❯/);
  terminal.type(KEYS.enter);
  expect(await terminal.ended()).toBe(0);
  expect((await run(['list', ...place, '-q'], { home })).stdout).toMatch(/bar/);
});

it('rename and detach are among what can be done with a pair', async () => {
  const home = temporaryDirectory();
  const place = ['--sandbox', '-p', 'tencent', '-r', 'ap-guangzhou'];
  await run(['create', ...place, '--name', 'foo'], { home });
  await run(['attach', ...place, 'foo', 'ins-sandbox3', '--yes', '--wait'], { home });
  await using terminal = keypairOnTerminal(place, { home });
  await converse(terminal, [menu, line(2)], ['Which key pair']);
  await terminal.shows('Detach it from instances');
  terminal.type(line(7) + KEYS.enter);
  await terminal.shows('New name:');
  terminal.type(`bar${KEYS.enter}`);
  expect(await terminal.ended()).toBe(0);
  expect((await run(['list', ...place, '-q'], { home })).stdout).toBe('bar\n');
});

it('the passphrase of the login file is asked for once in all of a run', async () => {
  const home = temporaryDirectory();
  const served = await serveSandbox();
  served.sandbox.seed({ service: 'cvm', region: 'ap-guangzhou', count: 1, name: () => 'foo' });
  const { secretId, secretKey } = served.sandbox.credentials;
  const env = { KEYPAIR_ENDPOINT: served.env['KEYPAIR_ENDPOINT'] ?? '' };
  await using terminal = keypairOnTerminal(['-p', 'tencent'], { home, env, rows: 90 });
  await converse(terminal, ['There are no credentials']);
  // There is no keychain here: Enter takes the file.
  await terminal.shows('❯ in a file');
  await converse(terminal, ['Where shall the access key be kept?']);
  await converse(terminal, ['SecretId:', secretId], ['SecretKey:', secretKey]);
  await converse(terminal, ['Passphrase for the file:', 'correct horse'], ['The same again:', 'correct horse']);
  await converse(terminal, [menu, line(2)], [region, 'ap-guangzhou'], ['Passphrase of', 'correct horse']);
  await converse(terminal, ['❯ foo'], ['What do you want to do with foo?']);
  await terminal.shows(/sha256[^]*What do you want to do with foo\?/);
  expect(terminal.screen().split('Passphrase of')).toHaveLength(2);
  await served.close();
}, 20_000);
