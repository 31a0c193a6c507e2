import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answerCompletion } from '../../src/completion/answer.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import type { VendorData } from '../../src/credentials/vendor.ts';
import type { Descriptor } from '../../src/providers/types.ts';
import { type AcmeCloud, openAcmeCloud } from '../support/import-only/cloud.ts';
import { acme } from '../support/import-only/credentials.ts';
import { acmeDescriptor } from '../support/import-only/provider.ts';
import { type Inside, runInside } from '../support/inside.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

// One line in each registry.
vi.mock(import('../../src/providers/registry.ts'), async (original) => {
  const registry = await original();
  (registry.descriptors as Descriptor[]).push(acmeDescriptor);
  return registry;
});
vi.mock(import('../../src/credentials/vendors.ts'), async (original) => {
  const vendors = await original();
  (vendors.VENDORS as unknown as VendorData[]).push(acme);
  return vendors;
});

const TOKEN = 'acme-token-0123456789abcdef';

describe('a new vendor, which takes public keys only and has bearer tokens', () => {
  let home: string;
  let cloud: AcmeCloud;
  beforeEach(async () => {
    home = temporaryDirectory();
    cloud = await openAcmeCloud(TOKEN);
  });
  afterEach(() => cloud.close());

  const run = async (args: readonly string[], env: Record<string, string> = { ACME_TOKEN: TOKEN }): Promise<Inside> => {
    const ran = await runInside([...args, '--endpoint', cloud.url], { home, env });
    expect(ran.stdout + ran.stderr).not.toContain(TOKEN);
    return ran;
  };
  const create = (...args: string[]): Promise<Inside> =>
    run(['create', '-p', 'acme', '--local', '--type', 'ed25519', ...args]);

  it('makes a pair here, uploads its public half, lists it and deletes it', async () => {
    for (const name of ['one', 'two', 'three']) {
      const made = await create('--name', name);
      expect(made).toMatchObject({ exit: 0 });
      expect(made.stdout).toContain('SHA256:');
    }
    const file = path.join(home, '.ssh/two');
    expect(modeOf(file)).toBe(0o600);
    const own = execFileSync('ssh-keygen', ['-yf', file], { encoding: 'utf8' }).split(' ')[1] ?? '';
    expect(cloud.keys.get('two')).toContain(own);
    const listed = await run(['list', '-p', 'acme', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'one' }, { name: 'three' }, { name: 'two' }]);
    expect(await run(['delete', 'two', '-p', 'acme-cloud', '--yes'])).toMatchObject({ exit: 0 });
    expect([...cloud.keys.keys()]).toEqual(['one', 'three']);
  });

  it('imports, refuses a name that is taken, and ensures', async () => {
    execFileSync('ssh-keygen', ['-qt', 'ed25519', '-N', '', '-f', path.join(home, 'own')]);
    const file = path.join(home, 'own.pub');
    expect(await run(['import', file, '-p', 'acme', '--name', 'own'])).toMatchObject({ exit: 0 });
    expect(cloud.keys.get('own')).toContain(readFileSync(file, 'utf8').split(' ')[1]);
    writeFileSync(path.join(home, 'none'), '');
    expect(await run(['import', file, '-p', 'acme', '--name', 'own'])).toMatchObject({ exit: 5 });
  });

  it('says that it makes no pairs, before anything is called or written', async () => {
    const { exit, stderr } = await run(['create', '-p', 'acme', '--name', 'foo']);
    expect(exit).toBe(2);
    expect(stderr).toContain('Acme Cloud makes no key pairs');
    expect(stderr).toContain('keypair create --local');
    expect(cloud.keys.size).toBe(0);
  });

  it('names its variable where there is no token, and shows none that is refused', async () => {
    const without = await run(['list', '-p', 'acme'], {});
    expect(without).toMatchObject({ exit: 4 });
    expect(without.stderr).toContain('or set ACME_TOKEN');
    const wrong = await run(['list', '-p', 'acme'], { ACME_TOKEN: 'wrong-token-0123456789' });
    expect(wrong).toMatchObject({ exit: 4 });
    expect(wrong.stderr).not.toContain('wrong-token');
  });

  it('logs in with the token alone, and out again', async () => {
    const flags = ['-p', 'acme', '--secret-stdin', '--store', 'file', '--insecure-plaintext', '--no-check'];
    const login = await runInside(['auth', 'login', ...flags], { home, input: `${TOKEN}\n` });
    expect(login).toMatchObject({ exit: 0 });
    expect(login.stdout + login.stderr).not.toContain(TOKEN);
    expect(await run(['list', '-p', 'acme'], {})).toMatchObject({ exit: 0 });
    const status = await runInside(['auth', 'status', '-p', 'acme', '--json'], { home });
    expect(JSON.parse(status.stdout)).toMatchObject([{ provider: 'acme', found: true }]);
    const named = await runInside(['auth', 'login', '--secret-id', 'x', ...flags], { home, input: TOKEN });
    expect(named).toMatchObject({ exit: 2 });
    expect(await runInside(['auth', 'logout', '-p', 'acme', '--yes'], { home })).toMatchObject({ exit: 0 });
    expect(await run(['list', '-p', 'acme'], {})).toMatchObject({ exit: 4 });
  });

  it('is in the overview, in the regions and in completions', async () => {
    expect((await run(['providers'])).stdout).toContain('Acme Cloud');
    const world = { env: {}, platform: 'linux' as const, home };
    const offers = await answerCompletion(['zsh', 'line=ac', 'list', '-p'], world, COMMANDS);
    expect(offers).toContain('acme');
    expect(await answerCompletion(['zsh', 'line=', 'list', '-p', 'acme', '-r'], world, COMMANDS)).toContain('eu-2');
  });
});
