import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Served, serveSandbox } from '../support/served.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { converse, line, QUESTIONS } from './talk.ts';

const { menu, provider, region, name, where, passphrase: protect, go } = QUESTIONS;
const NOBODY = 'There are no credentials of a cloud on this machine yet. What now?';

describe('the first run', () => {
  let home: string;
  let served: Served;
  beforeEach(async () => {
    home = temporaryDirectory();
    served = await serveSandbox();
  });
  afterEach(() => served.close());

  /** The loopback endpoint stands for both clouds; nobody is logged in. */
  const endpoint = (): string => served.env['KEYPAIR_ENDPOINT'] ?? '';

  it('leads into the sandbox', async () => {
    await using terminal = keypairOnTerminal([], { home });
    await converse(terminal, [NOBODY, line(2)], [menu], [provider], [region], [name, 'foo']);
    await converse(terminal, [where, line(2)], [protect], [go]);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('ap-guangzhou (sandbox)');
    expect(terminal.screen()).toContain('keypair create --sandbox --provider tencent');
  });

  it.each([[line(3) + KEYS.enter], [KEYS.ctrlC]])('is left by %j with nothing done', async (keys) => {
    await using terminal = keypairOnTerminal([], { home });
    await terminal.shows(NOBODY);
    terminal.type(keys);
    expect(await terminal.ended()).toBe(130);
    expect(readdirSync(home)).toEqual([]);
  });

  it('leads into a login, and on with it', async () => {
    const { secretId, secretKey } = served.sandbox.credentials;
    const env = { KEYPAIR_ENDPOINT: endpoint() };
    {
      await using terminal = keypairOnTerminal([], { home, env });
      await converse(terminal, [NOBODY], ['Where shall the access key be kept?', line(2)]);
      await converse(terminal, ['Whose account is it?'], ['SecretId:', secretId], ['SecretKey:', secretKey]);
      const passphrase = 'correct horse';
      await converse(terminal, ['Passphrase for the file:', passphrase], ['The same again:', passphrase]);
      await terminal.shows('logged in to Tencent Cloud');
      await terminal.shows(menu);
      terminal.type(KEYS.enter);
      await terminal.shows('Tencent Cloud CVM (tencent)  ✔ set up');
      expect(terminal.screen()).toContain('Alibaba Cloud ECS (aliyun)\n');
      expect(terminal.screen()).toContain('credentials: keypair auth login, profile default (file)');
      terminal.type(KEYS.enter);
      await converse(terminal, [region], [name, 'foo'], [where, line(2)], [protect]);
      // Only now is it needed, and asked for once.
      await converse(terminal, ['Passphrase of', passphrase], [go]);
      expect(await terminal.ended()).toBe(0);
      expect(existsSync(path.join(home, '.ssh/foo'))).toBe(true);
      expect(terminal.raw()).not.toContain(secretKey);
      expect(terminal.raw()).not.toContain(passphrase);
    }
    await using other = keypairOnTerminal([], { home, env });
    await converse(other, [menu], [provider, line(3)]);
    await other.shows('There are no credentials for Alibaba Cloud ECS yet. What now?');
    other.type(KEYS.ctrlC);
    expect(await other.ended()).toBe(130);
  });

  it('shows nothing of a secret on a dumb terminal', async () => {
    const { secretId, secretKey } = served.sandbox.credentials;
    const env = { KEYPAIR_ENDPOINT: endpoint(), TERM: 'dumb' };
    await using terminal = keypairOnTerminal([], { home, env });
    await converse(terminal, [NOBODY, '1'], ['Where shall the access key be kept?', '2']);
    await converse(terminal, ['Whose account is it?', 'aliyun'], ['AccessKeyId:', secretId]);
    await terminal.shows('AccessKeySecret:');
    terminal.type(`${secretKey}x\u007f${KEYS.enter}`);
    await converse(terminal, ['Passphrase for the file:', 'short'], ['at least 8 characters', 'long enough']);
    await converse(terminal, ['The same again:', 'long enough']);
    await terminal.shows('logged in to Alibaba Cloud');
    await terminal.shows(menu);
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expect(terminal.raw()).not.toContain(secretKey.slice(0, 8));
    expect(terminal.raw()).not.toContain('long enough');
    expect(terminal.raw()).not.toContain('\u001b');
  });

  it('marks credentials that are there, and those that cannot be used', async () => {
    const env = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAIexample', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'example' };
    await using terminal = keypairOnTerminal([], { home, env });
    await converse(terminal, [menu]);
    await terminal.shows('❯ Alibaba Cloud ECS (aliyun)  ✔ set up');
    expect(terminal.screen()).toContain('credentials: environment (ALIBABA_CLOUD_ACCESS_KEY_ID)');
    terminal.type(KEYS.up);
    await terminal.shows('no credentials yet: you will be asked');
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
  });
});
