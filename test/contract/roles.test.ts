import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { instanceRole } from '../../src/credentials/instance.ts';
import { assumeRole, callerIdentity, webIdentityRole } from '../../src/credentials/roles.ts';
import type { Role, WebIdentity } from '../../src/credentials/vendor.ts';
import { Secret } from '../../src/secret.ts';
import { staticSource } from '../../src/credentials/environment.ts';
import type { CredentialSource } from '../../src/providers/credentials.ts';
import type { CredentialContext } from '../../src/credentials/context.ts';
import type { KeypairError } from '../../src/errors.ts';
import type { Behaviour } from '../../sandbox/behaviour.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { type CloudWorld, IDENTITY_PROVIDERS, openCloudWorld, permanent, roleArn, tokenFile } from './cloud-world.ts';
import { INTERFACES, listed, NEVER, plain } from './interfaces.ts';

type Vendor = 'tencent' | 'aliyun';

const ANY: Omit<Role, 'arn'> = {
  sessionName: null,
  externalId: null,
  durationSeconds: null,
  policy: null,
  stsEndpoint: null,
};

const VENDORS: readonly Vendor[] = ['tencent', 'aliyun'];

const open: CloudWorld[] = [];
afterEach(async () => {
  for (const cloud of open.splice(0)) await cloud.close();
});

async function cloudWorld(behaviour: Partial<Behaviour> = {}, env: CredentialContext['env'] = {}): Promise<CloudWorld> {
  const cloud = await openCloudWorld(behaviour, env);
  open.push(cloud);
  return cloud;
}

function failure(source: CredentialSource): Promise<KeypairError> {
  return source.current(NEVER).then(
    () => expect.fail('credentials came'),
    (error: unknown) => error as KeypairError,
  );
}

function webIdentity(vendor: Vendor, file: string, parts: Partial<WebIdentity> = {}): WebIdentity {
  return {
    roleArn: roleArn(vendor, 'ops'),
    providerId: IDENTITY_PROVIDERS[vendor],
    tokenFile: file,
    sessionName: null,
    region: null,
    stsEndpoint: null,
    ...parts,
  };
}

/** Every way to temporary credentials. */
const WAYS: readonly (readonly [title: string, source: (vendor: Vendor, cloud: CloudWorld) => CredentialSource])[] = [
  [
    'a role by an access key',
    (vendor, { base, world }) => assumeRole(vendor, base, { ...ANY, arn: roleArn(vendor, 'ops') }, world),
  ],
  [
    'a role with all that can be asked for',
    (vendor, { base, world }) => {
      const arn = roleArn(vendor, 'external');
      const policy = JSON.stringify({ version: '2.0', statement: [] });
      const role = {
        ...ANY,
        arn,
        sessionName: 'night.job@1',
        externalId: 'ext-42',
        durationSeconds: 900,
        policy,
      };
      return assumeRole(vendor, base, role, world);
    },
  ],
  [
    'a role by the role of the instance',
    (vendor, { world }) => {
      const instance = instanceRole(vendor, null, world);
      return assumeRole(vendor, instance, { ...ANY, arn: roleArn(vendor, 'ops') }, world);
    },
  ],
  [
    'a role by a role',
    (vendor, { base, world }) => {
      const first = assumeRole(vendor, base, { ...ANY, arn: roleArn(vendor, 'ops') }, world);
      const arn = roleArn(vendor, 'external');
      return assumeRole(vendor, first, { ...ANY, arn, externalId: 'ext-42' }, world);
    },
  ],
  [
    'a role by a token of an identity provider',
    (vendor, { world }) => webIdentityRole(vendor, webIdentity(vendor, tokenFile(temporaryDirectory(), 600)), world),
  ],
  ['the role of the instance', (vendor, { world }) => instanceRole(vendor, null, world)],
  ['the role of the instance by its name', (vendor, { world }) => instanceRole(vendor, 'ops', world)],
];

describe.each(INTERFACES)('$title', (under) => {
  const vendor = under.descriptor.vendor as Vendor;

  it.each(WAYS)('creates and lists with %s', async (_title, make) => {
    const cloud = await cloudWorld();
    const source = make(vendor, cloud);
    const adapter = await cloud.adapter(under, source);
    const made = await adapter.createKeyPair!(plain('by_role'), NEVER);
    expect(made.pair.name).toBe('by_role');
    expect((await listed(adapter)).map(({ name }) => name)).toEqual(['by_role']);
    const { token, expiresAt } = await source.current(NEVER);
    expect(token).not.toBeNull();
    expect(expiresAt?.getTime()).toBeGreaterThan(cloud.world.now().getTime());
  });

  it('renews what signs before its end, in the middle of a run', async () => {
    const cloud = await cloudWorld({ sessionSeconds: 120 });
    const { base, world, count } = cloud;
    const source = assumeRole(vendor, base, { ...ANY, arn: roleArn(vendor, 'ops') }, world);
    const adapter = await cloud.adapter(under, source);
    await adapter.createKeyPair!(plain('first'), NEVER);
    cloud.pass(60);
    await adapter.createKeyPair!(plain('second'), NEVER);
    expect(count('AssumeRole')).toBe(1);
    cloud.pass(45);
    await adapter.createKeyPair!(plain('third'), NEVER);
    expect(count('AssumeRole')).toBe(2);
    cloud.pass(3600);
    expect(await listed(adapter)).toHaveLength(3);
    expect(count('AssumeRole')).toBe(3);
  });

  it('tells of a session that has ended with AUTH, and what to do', async () => {
    const cloud = await cloudWorld({ sessionSeconds: 60 });
    const { base, world } = cloud;
    const ended = staticSource(
      await assumeRole(vendor, base, { ...ANY, arn: roleArn(vendor, 'ops') }, world).current(NEVER),
    );
    cloud.pass(61);
    const adapter = await cloud.adapter(under, ended);
    const error = await adapter.createKeyPair!(plain('late'), NEVER).then(
      () => expect.fail('it was created'),
      (reason: unknown) => reason as KeypairError,
    );
    expect(error).toMatchObject({ code: 'AUTH', outcome: 'none' });
    expect(error.hints.join()).toMatch(/token|temporary/);
    expect(await listed(await cloud.adapter(under, base))).toEqual([]);
  });
});

describe.each(VENDORS)('the roles of %s', (vendor) => {
  it.each([
    ['unknown', 'nobody', {}],
    ['forbidden', 'forbidden', {}],
    ['without its external id', 'external', {}],
    ['with another external id', 'external', { externalId: 'ext-43' }],
  ])('names a role that is %s, with AUTH', async (_title, role, parts) => {
    const { base, world } = await cloudWorld();
    const arn = roleArn(vendor, role);
    const error = await failure(assumeRole(vendor, base, { ...ANY, arn, ...parts }, world));
    expect(error).toMatchObject({ code: 'AUTH', outcome: 'none' });
    expect(error.message).toContain(`cannot assume the role ${arn} by test: `);
    expect(error.hints).not.toEqual([]);
    expect(error.providerCode).toBeTruthy();
  });

  it('tells of an access key that is wrong, not of the role', async () => {
    const { sandbox, world } = await cloudWorld();
    const wrong = staticSource(permanent(sandbox, { secret: new Secret('not-the-secret-of-this-key') }));
    const error = await failure(assumeRole(vendor, wrong, { ...ANY, arn: roleArn(vendor, 'ops') }, world));
    expect(error.code).toBe('AUTH');
    expect(error.hints.join()).toContain('check the secret key');
    expect(error.message).not.toContain('not-the-secret-of-this-key');
  });

  it('is UNAVAILABLE while nobody answers at STS, and is asked anew later', async () => {
    const cloud = await cloudWorld();
    const { base, sandbox, world, count } = cloud;
    const source = assumeRole(vendor, base, { ...ANY, arn: roleArn(vendor, 'ops') }, world);
    sandbox.fault({ kind: 'status', status: 503, action: 'AssumeRole' });
    sandbox.fault({ kind: 'drop', when: 'after', action: 'AssumeRole' });
    for (let time = 0; time < 2; time += 1) {
      expect(await failure(source)).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
    }
    expect((await source.current(NEVER)).token).not.toBeNull();
    expect(count('AssumeRole')).toBe(3);
    await cloud.hangUp();
    const other = assumeRole(vendor, base, { ...ANY, arn: roleArn(vendor, 'ops') }, world);
    const error = await failure(other);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
    expect(error.message).toContain(`cannot assume the role ${roleArn(vendor, 'ops')}`);
  });

  it('keeps the old credentials while STS is down and they are good', async () => {
    const { base, sandbox, world, pass } = await cloudWorld({ sessionSeconds: 900 });
    const source = assumeRole(vendor, base, { ...ANY, arn: roleArn(vendor, 'ops') }, world);
    const first = await source.current(NEVER);
    pass(750);
    sandbox.fault({ kind: 'status', status: 503, action: 'AssumeRole' });
    expect(await source.current(NEVER)).toBe(first);
    pass(120);
    expect((await source.current(NEVER)).id).not.toBe(first.id);
  });

  it.each([
    ['has ended', -10, 'ops', ''],
    ['is from a provider that the account does not know', 600, 'ops', '-other'],
    ['is for a role that it may not have', 600, 'forbidden', ''],
    ['is for a role that is not there', 600, 'nobody', ''],
  ])('refuses a token that %s, with AUTH and the role', async (_title, seconds, role, other) => {
    const { world } = await cloudWorld();
    const file = tokenFile(temporaryDirectory(), seconds);
    const arn = roleArn(vendor, role);
    const identity = webIdentity(vendor, file, {
      roleArn: arn,
      providerId: IDENTITY_PROVIDERS[vendor] + other,
    });
    const error = await failure(webIdentityRole(vendor, identity, world));
    expect(error).toMatchObject({ code: 'AUTH', outcome: 'none' });
    expect(error.message).toContain(`cannot assume the role ${arn} by the token in ${file}: `);
    expect(error.hints).not.toEqual([]);
  });

  it('reads the token anew when it renews', async () => {
    const { world, pass, count } = await cloudWorld({ sessionSeconds: 900 });
    const directory = temporaryDirectory();
    const file = tokenFile(directory, 300);
    const source = webIdentityRole(vendor, webIdentity(vendor, file), world);
    await source.current(NEVER);
    pass(1000);
    expect((await failure(source)).code).toBe('AUTH');
    tokenFile(directory, 3000);
    expect((await source.current(NEVER)).token).not.toBeNull();
    const action = vendor === 'tencent' ? 'AssumeRoleWithWebIdentity' : 'AssumeRoleWithOIDC';
    expect(count(action)).toBe(3);
    writeFileSync(path.join(directory, 'token'), 'two\nlines\n');
    pass(1000);
    expect((await failure(source)).message).toContain('it does not hold a token of one line');
  });

  it('tells of an instance without a role, or without this one', async () => {
    const without = await cloudWorld({ instanceRole: null });
    const none = await failure(instanceRole(vendor, null, without.world));
    expect(none).toMatchObject({ code: 'AUTH' });
    expect(none.message).toContain('does not know this role');
    const other = await cloudWorld();
    expect(await failure(instanceRole(vendor, 'another', other.world))).toMatchObject({ code: 'AUTH' });
  });

  it('says whose credentials they are', async () => {
    const { base, world } = await cloudWorld();
    const user = await callerIdentity(vendor, base, world, NEVER);
    expect(user.account).toBe(vendor === 'tencent' ? '100000000001' : '1000000000000001');
    const role = assumeRole(vendor, base, { ...ANY, arn: roleArn(vendor, 'ops'), sessionName: 'nightly' }, world);
    const session = await callerIdentity(vendor, role, world, NEVER);
    expect(session.account).toBe(user.account);
    // Tencent's ARN of a session has the role's id and no name.
    expect(session.identity).toContain(vendor === 'tencent' ? 'assumed-role/' : 'assumed-role/ops/nightly');
    expect(session.type).not.toBe(user.type);
  });

  it('says of wrong and of ended credentials that they do not work', async () => {
    const { base, sandbox, world, pass } = await cloudWorld({ sessionSeconds: 60 });
    const ended = staticSource(
      await assumeRole(vendor, base, { ...ANY, arn: roleArn(vendor, 'ops') }, world).current(NEVER),
    );
    pass(61);
    const wrong = [
      permanent(sandbox, { secret: new Secret('another') }),
      permanent(sandbox, { id: 'AKIDnobody00000000000' }),
      permanent(sandbox, { token: new Secret('a-token-that-does-not-belong') }),
    ].map(staticSource);
    for (const source of [...wrong, ended]) {
      const error = await callerIdentity(vendor, source, world, NEVER).then(
        () => expect.fail('they work'),
        (reason: unknown) => reason as KeypairError,
      );
      expect(error).toMatchObject({ code: 'AUTH', outcome: 'none' });
      expect(error.hints).not.toEqual([]);
    }
  });
});

describe('the metadata service of Alibaba Cloud', () => {
  it('is asked with a token of version 2', async () => {
    const { world, sandbox } = await cloudWorld();
    await instanceRole('aliyun', null, world).current(NEVER);
    expect(sandbox.log.map(({ action }) => action)).toEqual([
      'metadata:token',
      'metadata:role',
      'metadata:credentials',
    ]);
  });

  it('of version 1 is asked without, unless that is forbidden', async () => {
    const old = await cloudWorld({ metadataTokens: 'optional' });
    old.sandbox.fault({ kind: 'error', code: 'NotFound', status: 404, action: 'metadata:token' });
    expect((await instanceRole('aliyun', 'ops', old.world).current(NEVER)).token).not.toBeNull();

    const strict = await cloudWorld({ metadataTokens: 'optional' }, { ALIBABA_CLOUD_IMDSV1_DISABLED: 'true' });
    strict.sandbox.fault({ kind: 'error', code: 'NotFound', status: 404, action: 'metadata:token' });
    expect(await failure(instanceRole('aliyun', 'ops', strict.world))).toMatchObject({ code: 'AUTH' });
    expect(strict.count('metadata:credentials')).toBe(0);
  });

  it('that is silent about the token is not asked without', async () => {
    const { world, sandbox, count } = await cloudWorld({ metadataTokens: 'optional' });
    sandbox.fault({ kind: 'drop', when: 'before', action: 'metadata:token' });
    expect(await failure(instanceRole('aliyun', 'ops', world))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(count('metadata:credentials')).toBe(0);
  });
});
