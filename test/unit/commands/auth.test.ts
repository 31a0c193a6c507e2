import { PassThrough } from 'node:stream';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type LoginFlags, runLogin } from '../../../src/commands/auth/login.ts';
import { runLogout } from '../../../src/commands/auth/logout.ts';
import { type AuthServices, configuredLogins, shortened } from '../../../src/commands/auth/services.ts';
import { runStatus } from '../../../src/commands/auth/status.ts';
import type { Context } from '../../../src/context.ts';
import { Interrupts } from '../../../src/interrupts.ts';
import type { CallerIdentity } from '../../../src/credentials/sts/sts.ts';
import { Secret } from '../../../src/secret.ts';
import { staticSource } from '../../../src/credentials/environment.ts';
import type { CredentialSource, Vendor } from '../../../src/providers/credentials.ts';
import { KeypairError } from '../../../src/errors.ts';
import { createSession, type Session } from '../../../src/cli/session.ts';
import { type GlobalFlags, resolveSettings } from '../../../src/cli/settings.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const ID = 'AKIDexampleexample00000WXYZ';
const SECRET = 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE';
const CALLER: CallerIdentity = {
  account: '100012345678',
  identity: 'qcs::cam::uin/100012345678:uin/100012345678',
  type: 'CAMUser',
  requestId: 'r-1',
};

/** A command without a terminal, in front of a keychain and a cloud that the test makes. */
interface Stage {
  readonly session: Session;
  readonly services: AuthServices;
  readonly entries: Map<string, string>;
  readonly asked: string[];
  readonly out: () => string;
  readonly err: () => string;
}

function staged(
  home: string,
  flags: GlobalFlags,
  {
    input = '',
    ...own
  }: Partial<Omit<AuthServices, 'survey'>> & {
    readonly input?: string;
    readonly found?: Partial<Record<Vendor, CredentialSource | KeypairError>>;
  } = {},
): Stage {
  let stdout = '';
  let stderr = '';
  const context: Context = {
    stdin: new PassThrough().end(input),
    stdinIsTTY: false,
    stdout: { write: (text) => ((stdout += text), true) },
    stderr: { write: (text) => ((stderr += text), true) },
    env: {},
    platform: 'linux',
    cwd: home,
    home,
    pid: 1,
    version: '0.0.0',
    host: 'here',
    isAlive: () => false,
    now: () => new Date(0),
    interrupts: new Interrupts(),
    proxyFor: () => '',
  };
  const entries = new Map<string, string>();
  const asked: string[] = [];
  const services: AuthServices = {
    profile: flags.profile ?? 'default',
    register: configuredLogins(context),
    keychain: {
      get: (account) => {
        const value = entries.get(account);
        return Promise.resolve(value === undefined ? null : new Secret(value));
      },
      set: (account, value) => Promise.resolve(void entries.set(account, value.reveal())),
      remove: (account) => Promise.resolve(void entries.delete(account)),
    },
    identify: async (vendor, source) => {
      const { id, secret } = await source.current(new AbortController().signal);
      asked.push(`${vendor} ${id} ${secret.reveal()}`);
      return CALLER;
    },
    ...own,
    survey: (vendor) => {
      const found = own.found?.[vendor] ?? null;
      if (found instanceof KeypairError) return Promise.reject(found);
      const places = [
        { title: 'environment', state: found === null ? 'nothing' : 'found', note: null, warning: null },
      ] as const;
      return Promise.resolve({ found, places });
    },
  };
  const session = createSession(context, resolveSettings(flags, {}));
  return { session, services, entries, asked, out: () => stdout, err: () => stderr };
}

const STDIN: Partial<LoginFlags> = { secretId: ID, secretStdin: true };
const refusing = (error: KeypairError) => (): Promise<never> => Promise.reject(error);

function sourceOf(id: string, source: string): CredentialSource {
  return staticSource({ id, secret: new Secret(SECRET), token: null, source, expiresAt: null });
}

describe('auth login', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
  });

  it('stores what the cloud has accepted, and says whose it is', async () => {
    const stage = staged(home, { provider: 'qcloud', profile: 'work' }, { input: `${SECRET}\r\n` });
    await runLogin(stage.session, STDIN, stage.services);
    expect(stage.asked).toEqual([`tencent ${ID} ${SECRET}`]);
    expect([...stage.entries]).toEqual([['work/tencent', JSON.stringify({ id: ID, secret: SECRET, token: null })]]);
    expect(await stage.services.register.of('work')).toEqual({ tencent: 'keychain' });
    expect(stage.out()).toBe(
      'logged in to Tencent Cloud, account 100012345678: AKID…WXYZ, kept in keychain (profile work)\n',
    );
    expect(stage.out() + stage.err()).not.toContain(SECRET);
  });

  it.each([
    [new KeypairError('AUTH', 'the secret is wrong'), 'nothing was stored'],
    [new KeypairError('UNAVAILABLE', 'no answer'), 'nothing was stored: --no-check stores it without asking'],
  ])('stores nothing when the check ends with %s', async (error, hint) => {
    const stage = staged(home, { provider: 'tencent' }, { input: SECRET, identify: refusing(error) });
    await expect(runLogin(stage.session, STDIN, stage.services)).rejects.toMatchObject({
      code: error.code,
      message: error.message,
      hints: [hint],
    });
    expect(stage.entries.size).toBe(0);
    expect(existsSync(path.join(home, '.config'))).toBe(false);
  });

  it('looks for the keychain before it reads a secret', async () => {
    const locked = refusing(new KeypairError('UNAVAILABLE', 'the keychain is locked'));
    const stage = staged(home, { provider: 'tencent' }, { input: SECRET });
    const services = { ...stage.services, keychain: { ...stage.services.keychain, get: locked } };
    await expect(runLogin(stage.session, STDIN, services)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(stage.session.context.stdin.readableFlowing).toBe(null);
    expect(stage.asked).toEqual([]);
  });

  it('takes the secret from the keychain again when it cannot note where it is', async () => {
    const stage = staged(home, { provider: 'tencent' }, { input: SECRET });
    mkdirSync(path.join(home, '.config/keypair/config.json'), { recursive: true });
    const { register } = stage.services;
    const services = { ...stage.services, register: { ...register, of: () => Promise.resolve({}) } };
    await expect(runLogin(stage.session, STDIN, services)).rejects.toMatchObject({ code: 'USAGE' });
    expect(stage.entries.size).toBe(0);
  });

  it('warns when the place that it has left cannot be emptied', async () => {
    const stage = staged(home, { provider: 'tencent' }, { input: SECRET });
    await stage.services.register.set('default', 'tencent', 'keychain');
    const gone = refusing(new KeypairError('AUTH', 'no keychain can be reached'));
    const services = { ...stage.services, keychain: { ...stage.services.keychain, remove: gone } };
    const file = { ...STDIN, store: 'file', insecurePlaintext: true } as const;
    await runLogin(stage.session, file, services);
    expect(stage.err()).toContain('warning: the keychain still holds the earlier login: no keychain can be reached');
    expect(await stage.services.register.of('default')).toEqual({ tencent: 'file' });
  });

  it.each([
    ['two\nlines', 'stdin has more than one line'],
    ['two\n\n', 'stdin has more than one line'],
    ['', 'the SecretKey is letters and digits, without spaces'],
    ['\n', 'the SecretKey is letters and digits, without spaces'],
    ['a b', 'the SecretKey is letters and digits, without spaces'],
    ['\u001b[2J', 'the SecretKey is letters and digits, without spaces'],
    ['x'.repeat(5000), 'this is too long: more than 4 KiB'],
  ])('refuses %j on stdin', async (input, message) => {
    const stage = staged(home, { provider: 'tencent' }, { input });
    await expect(runLogin(stage.session, STDIN, stage.services)).rejects.toMatchObject({
      code: 'USAGE',
      message,
    });
    expect(stage.entries.size).toBe(0);
  });
});

describe('the register of logins', () => {
  it('changes nothing else in the configuration', async () => {
    const home = temporaryDirectory();
    const register = configuredLogins(staged(home, {}).session.context);
    const names = ['work', 'toString', 'constructor'];
    for (const name of names) await register.set(name, 'aliyun', 'file');
    await register.set('work', 'tencent', 'keychain');
    await register.set('work', 'aliyun', null);
    expect(await register.of('work')).toEqual({ tencent: 'keychain' });
    for (const name of names.slice(1)) expect(await register.of(name)).toEqual({ aliyun: 'file' });
    expect(await register.of('valueOf')).toEqual({});
    const text = readFileSync(path.join(home, '.config/keypair/config.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ profiles: { work: { logins: { tencent: 'keychain' } } } });
  });
});

describe('auth logout', () => {
  it('removes entry and note, and tells what remains', async () => {
    const home = temporaryDirectory();
    const found = { tencent: sourceOf(ID, 'environment (TENCENTCLOUD_SECRET_ID)') };
    const stage = staged(home, { provider: 'tencent', yes: true }, { found });
    stage.entries.set('default/tencent', '{}');
    await stage.services.register.set('default', 'tencent', 'keychain');
    await runLogout(stage.session, stage.services);
    expect(stage.entries.size).toBe(0);
    expect(await stage.services.register.of('default')).toEqual({});
    expect(stage.err()).toContain('can still be called with environment (TENCENTCLOUD_SECRET_ID)');
    await expect(runLogout(stage.session, stage.services)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('keeps the note when the entry cannot be removed', async () => {
    const home = temporaryDirectory();
    const stage = staged(home, { provider: 'tencent', yes: true });
    await stage.services.register.set('default', 'tencent', 'keychain');
    const remove = refusing(new KeypairError('UNAVAILABLE', 'the keychain is locked'));
    const services = { ...stage.services, keychain: { ...stage.services.keychain, remove } };
    await expect(runLogout(stage.session, services)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await stage.services.register.of('default')).toEqual({ tencent: 'keychain' });
  });
});

describe('auth status', () => {
  const both = {
    tencent: sourceOf(ID, 'keychain (profile default)'),
    aliyun: sourceOf('LTAI5', 'environment'),
  };
  const wrong = new KeypairError('AUTH', 'the secret is wrong', { hints: ['look again'] });

  async function status(
    flags: GlobalFlags,
    check: boolean,
    more: Parameters<typeof staged>[2],
  ): Promise<{ readonly code: string | null; readonly rows: readonly unknown[]; readonly asked: string[] }> {
    const { session, services, out, asked } = staged(temporaryDirectory(), { ...flags, json: true }, more);
    let code: string | null = null;
    try {
      await runStatus(session, check, services);
    } catch (error) {
      code = (error as KeypairError).code;
    }
    expect(out()).not.toContain(SECRET);
    expect(out()).not.toContain(ID);
    return { code, rows: JSON.parse(out()) as unknown[], asked };
  }

  it('shows every provider, and asks each vendor once', async () => {
    const { code, rows, asked } = await status({}, true, { found: both });
    expect(code).toBe(null);
    expect(asked).toHaveLength(2);
    expect(rows).toEqual(
      ['tencent', 'lighthouse', 'aliyun', 'swas', 'qcloud'].map((provider) => ({
        provider,
        found: true,
        source: ['aliyun', 'swas'].includes(provider) ? 'environment' : 'keychain (profile default)',
        id: ['aliyun', 'swas'].includes(provider) ? 'L…' : 'AKID…WXYZ',
        expiresAt: null,
        account: CALLER.account,
        identity: CALLER.identity,
        works: true,
        error: null,
      })),
    );
  });

  it.each([
    ['one of all is enough', {}, false, { found: { aliyun: both.aliyun } }, null],
    ['none of all is not', {}, false, {}, 'AUTH'],
    [
      'each that was asked for counts',
      { provider: 'aliyun,tencent' },
      false,
      { found: { aliyun: both.aliyun } },
      'AUTH',
    ],
    ['one that does not work counts', {}, true, { found: both, identify: refusing(wrong) }, 'AUTH'],
    ['one that is not tried does not', {}, false, { found: both, identify: refusing(wrong) }, null],
    ['one that cannot be read counts', {}, false, { found: { ...both, aliyun: wrong } }, 'AUTH'],
    [
      'a vendor that cannot be asked is another matter',
      { provider: 'tencent' },
      true,
      { found: both, identify: refusing(new KeypairError('UNAVAILABLE', 'no answer')) },
      'UNAVAILABLE',
    ],
  ] as const)('%s', async (_title, flags, check, more, code) => {
    expect((await status(flags, check, more)).code).toBe(code);
  });

  it('says what is wrong, beside what was found', async () => {
    const refused = await status({ provider: 'tencent' }, true, { found: both, identify: refusing(wrong) });
    expect(refused.rows).toMatchObject([
      {
        found: true,
        works: false,
        error: { code: 'AUTH', message: 'the secret is wrong', hints: ['look again'] },
      },
    ]);
    const unasked = refusing(new KeypairError('UNAVAILABLE', 'no answer'));
    const silent = await status({ provider: 'tencent' }, true, { found: both, identify: unasked });
    expect(silent.rows).toMatchObject([{ found: true, works: null, error: { code: 'UNAVAILABLE' } }]);
  });

  it('never shows a short id whole', () => {
    for (let length = 0; length < 40; length += 1) {
      const id = 'x'.repeat(length);
      const shown = shortened(id).replace('…', '');
      expect(shown.length).toBeLessThanOrEqual(Math.max(length / 2, 0));
    }
  });
});
