import { randomBytes } from 'node:crypto';
import { chownSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Behaviour, DEFAULT_BEHAVIOUR } from '../../sandbox/behaviour.ts';
import type { LoggedRequest } from '../../sandbox/log.ts';
import { countKeyPairs } from '../../sandbox/file-repository.ts';
import { createSandbox, type Sandbox } from '../../sandbox/server.ts';
import { staticSource } from '../../src/credentials/environment.ts';
import { atOnce } from '../../src/http/rate-limit.ts';
import { createTransport } from '../../src/http/transport.ts';
import { descriptors, findDescriptor } from '../../src/providers/registry.ts';
import type { Provider } from '../../src/providers/types.ts';
import { Secret } from '../../src/secret.ts';
import { main } from '../live/live.ts';
import { accountHash, freshName, MadeNames } from '../live/made-names.ts';
import { quietContext } from '../support/context.ts';
import { type Planted, searchFor, showsPrivateKey } from '../support/leaks.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { NEVER, plain } from './interfaces.ts';

/** Small keys make it quick, in both clouds. */
const SMALL = { keyBits: 1024 } as const;

/** A cloud, and the suite's runs against it. */
interface Stage extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly home: string;
  readonly port: number;
  /** What is in the cloud: `cvm ap-guangzhou 1`. */
  readonly pairs: () => Promise<readonly string[]>;
  /** The files of the notes. */
  readonly notes: () => readonly string[];
  /** Runs the suite with these arguments, and stops it at the first request that `stopAt` accepts. */
  readonly run: (args: readonly string[], stopAt?: (request: LoggedRequest) => boolean) => Promise<Result>;
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly differs: readonly string[];
  /** The text of the saved file; empty if there is none. */
  readonly saved: string;
  readonly file: string;
}

/** @param before a stage whose cloud and home this one takes over, at the same address. */
async function openStage(behaviour: Partial<Behaviour> = {}, before?: Stage): Promise<Stage> {
  const home = before?.home ?? temporaryDirectory();
  let onRequest: (request: LoggedRequest) => void = () => undefined;
  const sandbox = createSandbox({
    stateDir: path.join(home, 'cloud'),
    behaviour: { ...SMALL, requestsPerSecond: null, operationMs: 100, agentMs: 0, ...behaviour },
    onRequest: (request) => {
      onRequest(request);
    },
  });
  const listening = await sandbox.listen(before?.port);
  const { secretId, secretKey } = sandbox.credentials;
  const env = {
    XDG_STATE_HOME: path.join(home, 'state'),
    TENCENTCLOUD_SECRET_ID: secretId,
    TENCENTCLOUD_SECRET_KEY: secretKey,
    ALIBABA_CLOUD_ACCESS_KEY_ID: secretId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: secretKey,
  };
  const run: Stage['run'] = async (args, stopAt) => {
    let [stdout, stderr] = ['', ''];
    const output = (write: (text: string) => void) => ({ write: (text: string) => (write(text), true) });
    const context = {
      ...quietContext(home, env),
      stdout: output((text) => (stdout += text)),
      stderr: output((text) => (stderr += text)),
    };
    onRequest = (request) => {
      if (stopAt?.(request) === true) context.interrupts.interrupt();
    };
    const file = path.join(home, `saved-${randomBytes(4).toString('hex')}.json`);
    const region = args.includes('aliyun') ? 'cn-hangzhou' : 'ap-guangzhou';
    const all = ['--region', region, '--endpoint', listening.url, '--output', file, ...args];
    const code = await main(context, all, SMALL);
    const saved = readdirSync(home).includes(path.basename(file)) ? readFileSync(file, 'utf8') : '';
    const differs = stdout.split('\n').filter((line) => /^(?:differs|the sandbox lacks|failed)/.test(line));
    return { code, stdout, stderr, differs, saved, file };
  };
  const pairs: Stage['pairs'] = async () => {
    const counts = await countKeyPairs(path.join(home, 'cloud'));
    return counts.map(({ service, region, keyPairs }) => `${service} ${region} ${keyPairs}`);
  };
  const notes = (): readonly string[] => readdirSync(path.join(home, 'state', 'keypair', 'live'));
  const { port } = listening;
  return { sandbox, home, port, pairs, notes, run, [Symbol.asyncDispose]: () => listening.close() };
}

/** The service of CVM or ECS on a stage. */
async function adapterFor({ sandbox, port }: Stage, id: 'tencent' | 'aliyun' = 'tencent'): Promise<Provider> {
  const { secretId, secretKey } = sandbox.credentials;
  const descriptor = findDescriptor(id);
  const adapt = await descriptor.load();
  return adapt({
    credentials: staticSource({
      id: secretId,
      secret: new Secret(secretKey),
      token: null,
      source: 'test',
      expiresAt: null,
    }),
    region: id === 'aliyun' ? 'cn-hangzhou' : 'ap-guangzhou',
    endpoint: new URL(`http://127.0.0.1:${port}`),
    apiVersion: descriptor.apiVersions[0],
    send: createTransport({ timeoutMs: 10_000, proxyFor: () => '' }).send,
    limiter: atOnce,
    now: () => new Date(),
    nonce: () => randomBytes(32).toString('hex'),
    sender: 'keypair/0.0.0',
  });
}

const HOW = { forceStop: false, onlineUser: null } as const;
const ON_ECS = ['-p', 'aliyun', '--yes', '--instance', 'i-sandbox1', '--attach'] as const;

/** Binds the pair `mine` to the instance of ECS, before the suite runs. */
async function bindMine(stage: Stage): Promise<void> {
  const provider = await adapterFor(stage, 'aliyun');
  const { pair } = (await provider.createKeyPair?.(plain('mine'), NEVER))!;
  await provider.attachKeyPair?.(pair, ['i-sandbox1'], HOW, NEVER);
}

/** The keys of the instance of ECS. */
async function keysOf(stage: Stage): Promise<readonly string[]> {
  const provider = await adapterFor(stage, 'aliyun');
  for await (const { keyPairs } of provider.listInstances?.({ ids: ['i-sandbox1'] }, NEVER) ?? [])
    return keyPairs ?? [];
  return [];
}

/** Writes a note as an earlier run of an account would. */
async function note({ home, port }: Stage, name: string, account: string): Promise<void> {
  const about = { provider: 'tencent', account: accountHash(account) };
  const context = quietContext(home, { XDG_STATE_HOME: path.join(home, 'state') });
  await new MadeNames(context, about, true).add(name, 'ap-guangzhou', new URL(`http://127.0.0.1:${port}`));
}

// They wait most of the time.
describe.concurrent('npm run live', { timeout: 60_000 }, () => {
  it.each([
    ['tencent', ['--instance', 'ins-sandbox3'], 'left out: it replaces the key of the instance (--attach does it)'],
    ['tencent', ['--instance', 'ins-sandbox1', '--attach'], 'left out: it stops the instance: stop it yourself before'],
    ['lighthouse', ['--instance', 'lhins-sandbox1'], 'adds a key while it runs'],
    ['aliyun', ['--instance', 'i-sandbox1', '--attach'], 'left out: the instance does not have exactly one key pair'],
    ['qcloud', [], null],
    ['qcloud', ['--api-version', 'v2'], null],
  ])(
    'finds nothing in %s %j where the sandbox tells the truth, and leaves nothing',
    async (provider, args, binding) => {
      await using stage = await openStage();
      const { code, stdout, stderr, differs } = await stage.run(['-p', provider, '--yes', ...args]);
      expect(differs, stderr).toEqual([]);
      expect(stdout).toContain('fact: the public key of a created key pair fits the private key: yes');
      if (binding !== null) expect(stdout).toContain(`fact: binding to the instance: ${binding}`);
      expect(stdout).toContain('0 differences from the sandbox');
      expect(code).toBe(0);
      expect(await stage.pairs()).toEqual([]);
      expect(stage.notes()).toEqual([]);
    },
  );

  it('finds other quotas, and another service of STS at the international site', async () => {
    await using stage = await openStage({ quota: { ...DEFAULT_BEHAVIOUR.quota, lighthouse: 77 } });
    stage.sandbox.fault({ kind: 'error', interface: 'tencent-sts', code: 'AuthFailure.SecretIdNotFound', times: 2 });
    const { code, differs, stdout } = await stage.run(['-p', 'lighthouse', '--yes', '--site', 'intl']);
    expect(code).toBe(1);
    expect(stdout).toContain(
      'STS host: sts.intl.tencentcloudapi.com refuses the credentials (AuthFailure.SecretIdNotFound); ' +
        'sts.tencentcloudapi.com accepts the credentials',
    );
    expect(differs).toContain(
      `differs: quota of key pairs: 77; in the sandbox: ${DEFAULT_BEHAVIOUR.quota.lighthouse} (fact)`,
    );
  });

  it('finds other shapes of private keys, other fingerprints and other answers to unknown names', async () => {
    await using stage = await openStage({
      aliyunKeyShape: 'pem-pkcs8',
      fingerprint: 'md5-blob',
      ecsDeleteUnknown: 'not-found',
    });
    const { code, differs } = await stage.run(['-p', 'aliyun', '--yes']);
    const expected = [
      /^differs: private key: .*PEM PKCS#8, RSA 1024, lines end with LF.*bare PKCS#1/,
      /^differs: fingerprint of a created key pair: MD5 .*SHA1/,
      /^differs: fingerprint of an imported key pair: MD5 .*SHA1/,
      /^differs: delete of an unknown key pair: refused: \w+.*; in the sandbox: accepted/,
      /^differs: CreateKeyPair KeyPairFingerPrint: \[fingerprint: 16 octets, with colons\]/,
      /^differs: CreateKeyPair PrivateKeyBody: .*PEM PKCS#8/,
      /^differs: DescribeKeyPairs KeyPairs.KeyPair\[\].KeyPairFingerPrint: \[fingerprint: 16 octets/,
      /^differs: ImportKeyPair KeyPairFingerPrint: \[fingerprint: 16 octets/,
      /^differs: DeleteKeyPairs HTTP status: 404; in the sandbox: 200/,
      /^the sandbox lacks: DeleteKeyPairs HostId, DeleteKeyPairs Code/,
    ];
    expect(code).toBe(1);
    for (const [at, pattern] of expected.entries()) expect(differs[at], differs.join('\n')).toMatch(pattern);
    expect(differs.length).toBe(expected.length);
  });

  it('finds another scope of names, a field that is missing, one of another type, and one more', async () => {
    await using stage = await openStage({ tencentScope: 'account' });
    stage.sandbox.fault({
      kind: 'patch',
      action: 'DescribeKeyPairs',
      times: Infinity,
      patch: (answer) => {
        const text = JSON.stringify(answer).replaceAll(/"Description":(?:null|"[^"]*"),/g, '');
        return JSON.parse(text.replaceAll('"ProjectId":0', '"ProjectId":"0","Owner":"alice@corp.example"')) as unknown;
      },
    });
    const { differs, saved } = await stage.run(['-p', 'tencent', '--yes']);
    const at = 'DescribeKeyPairs Response.KeyPairSet[]';
    for (const pattern of [
      /^differs: the same name in another region: refused: .*Duplicate; in the sandbox: accepted/,
      /^differs: a key pair is listed in another region: yes/,
      /KeyPairSet\[\].Description: absent; in the sandbox: /,
      /KeyPairSet\[\].ProjectId: \[digits\]; in the sandbox: integer/,
    ]) {
      expect(differs).toContainEqual(expect.stringMatching(pattern));
    }
    expect(differs.at(-1)).toContain(`the sandbox lacks: ${at}.Owner`);
    expect(saved).not.toContain('alice');
    expect(await stage.pairs()).toEqual([]);
  });

  it('gives an instance the key back that it had', async () => {
    await using stage = await openStage();
    const provider = await adapterFor(stage);
    const { pair } = (await provider.createKeyPair?.(plain('own'), NEVER))!;
    await provider.attachKeyPair?.(pair, ['ins-sandbox3'], { forceStop: false, onlineUser: null }, NEVER);
    const { stdout, differs } = await stage.run(['-p', 'tencent', '--yes', '--instance', 'ins-sandbox3', '--attach']);
    expect(stdout).toContain('fact: binding to the instance: replaces its key');
    expect(differs).toEqual([]);
    const after: unknown[] = [];
    for await (const { keyPairs } of provider.listInstances?.({ ids: ['ins-sandbox3'] }, NEVER) ?? [])
      after.push(keyPairs);
    expect(after).toEqual([[pair.id]]);
    expect(await stage.pairs()).toEqual(['cvm ap-guangzhou 1']);
  });

  it('gives an instance its key back also if unbinding fails', async () => {
    await using stage = await openStage();
    await bindMine(stage);
    stage.sandbox.fault({ kind: 'error', action: 'DetachKeyPair', code: 'InvalidOperation', status: 400 });
    const { code, stderr, differs } = await stage.run(ON_ECS);
    expect(code).toBe(1);
    expect(differs).toContain('failed: attach and detach: InvalidOperation');
    const line = `keypair attach mine i-sandbox1 -p aliyun -r cn-hangzhou --endpoint http://127.0.0.1:${stage.port}`;
    expect(stderr).toContain(`if this run is killed, bind the key again: ${line}`);
    expect(stderr).not.toContain('may not have the key');
    expect(await keysOf(stage)).toEqual(['mine']);
    expect(stage.notes()).toEqual([]);
  });

  it('tells which key an instance had if it cannot give it back, and each later run does until it has it', async () => {
    await using stage = await openStage();
    await bindMine(stage);
    const refuse = { kind: 'error', code: 'InvalidOperation', status: 400, times: Infinity } as const;
    // The first bind is the suite's own, what follows gives the key back.
    stage.sandbox.fault({ kind: 'patch', action: 'AttachKeyPair', patch: (answer) => answer });
    stage.sandbox.fault({ ...refuse, action: 'AttachKeyPair' });
    stage.sandbox.fault({ ...refuse, action: 'DetachKeyPair' });
    const first = await stage.run(ON_ECS);
    const place = `-p aliyun -r cn-hangzhou --endpoint http://127.0.0.1:${stage.port}`;
    const hint = `hint: keypair attach mine i-sandbox1 ${place}`;
    expect(first.code).toBe(1);
    expect(first.stderr).toContain(hint);
    const [ours = ''] = await keysOf(stage);
    expect(ours).toMatch(/^kplive_/);
    // The first line makes the second one work.
    expect(first.stderr.indexOf(`hint: keypair delete ${ours} ${place}`)).toBeGreaterThan(first.stderr.indexOf(hint));

    await stage[Symbol.asyncDispose]();
    await using next = await openStage({}, stage);
    const made = (): number => next.sandbox.log.filter(({ action }) => action === 'CreateKeyPair').length;
    await expect(next.run(ON_ECS)).rejects.toThrow('bind it again first');
    expect(made(), 'it went on with the wrong key').toBe(0);
    const other = await next.run(['-p', 'aliyun', '--yes']);
    expect(other.stderr).toContain(hint);
    const provider = await adapterFor(next, 'aliyun');
    await provider.attachKeyPair?.({ id: null, name: 'mine' }, ['i-sandbox1'], HOW, NEVER);
    expect((await next.run(['-p', 'aliyun', '--yes'])).stderr).not.toContain('i-sandbox1');
    expect(next.notes()).toEqual([]);
    expect(await next.pairs()).toEqual(['ecs cn-hangzhou 1']);
  });

  it('tells how to unbind and delete a pair that it could not unbind', async () => {
    await using stage = await openStage();
    const refuse = { kind: 'error', code: 'UnauthorizedOperation', times: Infinity } as const;
    stage.sandbox.fault({ ...refuse, action: 'DisassociateInstancesKeyPairs' });
    const { stderr } = await stage.run(['-p', 'lighthouse', '--yes', '--instance', 'lhins-sandbox1']);
    const place = `-p lighthouse -r ap-guangzhou --endpoint http://127.0.0.1:${stage.port}`;
    const [, name = ''] = /hint: keypair detach (kplive_\w+) /.exec(stderr) ?? [];
    expect(stderr).toContain(`hint: keypair detach ${name} lhins-sandbox1 ${place} --online\n`);
    expect(stderr).toContain(`hint: keypair delete ${name} ${place}\n`);
    expect(await stage.pairs()).toEqual(['lighthouse ap-guangzhou 1']);
  });

  it('notes on the disk which key an instance had before it binds another', async () => {
    await using stage = await openStage();
    await bindMine(stage);
    let noted: readonly string[] = [];
    await stage.run(ON_ECS, ({ action }) => {
      if (action !== 'AttachKeyPair' || noted.length > 0) return false;
      const directory = path.join(stage.home, 'state', 'keypair', 'live');
      noted = stage.notes().map((name) => readFileSync(path.join(directory, name), 'utf8'));
      return true;
    });
    expect(noted.filter((text) => text.includes('"instance":"i-sandbox1","keys":["mine"]')).length).toBe(1);
    // Interrupted there, it has given the key back.
    expect(await keysOf(stage)).toEqual(['mine']);
    expect(stage.notes()).toEqual([]);
  });

  it('saves nothing that is secret or tells who the account is', async () => {
    await using stage = await openStage();
    const { secretId, secretKey } = stage.sandbox.credentials;
    const keys: string[] = [];
    stage.sandbox.fault({
      kind: 'patch',
      action: 'CreateKeyPair',
      times: Infinity,
      patch: (answer) => {
        const { PrivateKey, PublicKey } =
          (answer as { Response: { KeyPair?: Record<string, string> } }).Response.KeyPair ?? {};
        keys.push(
          ...`${PrivateKey ?? ''}\n${PublicKey?.split(' ')[1] ?? ''}`
            .split('\n')
            .filter((line) => /^\w[\w+/=]{30}/.test(line)),
        );
        return answer;
      },
    });
    stage.sandbox.fault({
      kind: 'patch',
      action: 'DescribeInstances',
      times: Infinity,
      patch: (answer) => {
        const text = JSON.stringify(answer).replaceAll('"web-1"', '"acme-payments"');
        const own =
          '"HostName":"ins-payments","Owner":"acme-payments","Tags":[{"Key":"acme-owner","Value":"rg-payments"}],';
        return JSON.parse(text.replaceAll('"InstanceId":', `${own}"InstanceId":`)) as unknown;
      },
    });
    stage.sandbox.fault({
      kind: 'error',
      action: 'ImportKeyPair',
      code: 'UnauthorizedOperation',
      message:
        `sub-user alice of uin 100000000001 (AKIDanother0123456789, ${secretId}, ${secretKey}), alice@corp.example at ` +
        `203.0.113.9 has no permission for qcs::cvm:ap-guangzhou:uin/100000000001:keypair/skey-abcd1234`,
    });
    const { saved, file, stdout, stderr, differs } = await stage.run([
      '-p',
      'tencent',
      '--yes',
      '--instance',
      'ins-sandbox1',
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(keys.length).toBeGreaterThan(20);
    const planted: Planted[] = [
      ...keys.map((value, at) => ({ name: `line ${at} of a key`, value })),
      { name: 'secret', value: secretKey },
      { name: 'access key id', value: secretId },
    ];
    expect(searchFor(planted).in(saved)).toEqual([]);
    expect(showsPrivateKey(saved)).toBe(false);
    for (const text of [
      '100000000001',
      'AKID',
      'corp.example',
      '203.0.113.9',
      'skey-abcd1234',
      'ins-sandbox1',
      'web-1',
      'kplive_',
      'acme',
      'payments',
      'rg-',
      '"HostName": "[id',
    ]) {
      expect(`${saved}${stdout}`, text).not.toContain(text);
    }
    expect(saved).toContain('"HostName": "[text]"');
    // A step that failed: the others went on.
    expect(differs).toContain('failed: import: UnauthorizedOperation');
    expect(stdout).toContain('fact: delete of an unknown key pair: ');
    expect(await stage.pairs()).toEqual([]);
    expect(`${stderr}${saved}`).not.toContain(secretKey);
  });

  it('deletes what was made when it is interrupted', async () => {
    await using stage = await openStage();
    const { code, stderr, saved } = await stage.run(
      ['-p', 'tencent', '--yes'],
      ({ action }) => action === 'ImportKeyPair',
    );
    expect(code).toBe(130);
    expect(stderr).toContain('interrupted');
    expect(saved).toBe('');
    expect(await stage.pairs()).toEqual([]);
  });

  it('makes no pair without a note when the first create is refused', async () => {
    await using stage = await openStage();
    stage.sandbox.fault({ kind: 'error', action: 'CreateKeyPair', code: 'InvalidKeyPair.LimitExceeded' });
    const { code, differs } = await stage.run(['-p', 'tencent', '--yes']);
    expect(code).toBe(1);
    expect(differs).toContain('failed: create: InvalidKeyPair.LimitExceeded');
    expect(stage.sandbox.log.filter(({ action }) => action === 'CreateKeyPair').length).toBe(1);
    expect(await stage.pairs()).toEqual([]);
    expect(stage.notes()).toEqual([]);
  });

  it('names what it could not delete, and the next run deletes it', async () => {
    await using stage = await openStage();
    const error = { kind: 'error', code: 'Forbidden.RAM', message: 'no', status: 403 } as const;
    stage.sandbox.fault({ ...error, action: 'DeleteKeyPairs', times: Infinity });
    const first = await stage.run(['-p', 'aliyun', '--yes']);
    const left = first.stderr.match(/(?<=hint: keypair delete )kplive_\w+ -p aliyun -r \S+ .*/g) ?? [];
    expect(first.code).toBe(1);
    expect(left.length).toBe(4);
    for (const hint of left) expect(hint).toMatch(new RegExp(` --endpoint http://127.0.0.1:${stage.port}$`));
    expect(await stage.pairs()).toEqual(['ecs cn-hangzhou 3', 'ecs cn-qingdao 1']);
    await stage[Symbol.asyncDispose]();
    await using next = await openStage({}, stage);
    const second = await next.run(['-p', 'aliyun', '--yes']);
    for (const words of left) {
      const [name = '', , , , region = ''] = words.split(' ');
      expect(second.stderr).toContain(`deleting what an earlier run has left: ${name} in ${region}`);
    }
    expect(await next.pairs()).toEqual([]);
    expect(next.notes()).toEqual([]);
  });

  it('touches no pair without a note, none that is older than its note, and none of another account', async () => {
    await using stage = await openStage();
    const [older, others, foreign] = [freshName(), freshName(), freshName()];
    const service = { service: 'cvm', region: 'ap-guangzhou', count: 1 } as const;
    stage.sandbox.seed({ ...service, name: () => older, createdAt: () => new Date(Date.now() - 86_400_000) });
    stage.sandbox.seed({ ...service, name: () => others });
    stage.sandbox.seed({ ...service, name: () => foreign });
    await note(stage, older, '100000000001');
    await note(stage, others, 'another account');
    const { stderr } = await stage.run(['-p', 'tencent', '--yes']);
    for (const name of [others, foreign]) expect(stderr).toContain(`left alone: ${name}`);
    expect(await stage.pairs()).toEqual(['cvm ap-guangzhou 3']);
  });

  it.runIf(process.getuid?.() === 0)('deletes nothing that another user has noted', async () => {
    await using stage = await openStage();
    const planted = freshName();
    stage.sandbox.seed({ service: 'cvm', region: 'ap-guangzhou', count: 1, name: () => planted });
    await note(stage, planted, '100000000001');
    const directory = path.join(stage.home, 'state', 'keypair', 'live');
    for (const name of stage.notes()) chownSync(path.join(directory, name), 54_321, 54_321);
    expect((await stage.run(['-p', 'tencent', '--yes'])).stderr).toContain(`left alone: ${planted}`);
    chownSync(directory, 54_321, 54_321);
    const calls = stage.sandbox.log.length;
    const message = `${directory} belongs to another user, who could replace your files`;
    await expect(stage.run(['-p', 'tencent', '--yes'])).rejects.toMatchObject({ code: 'USAGE', message });
    await expect(note(stage, freshName(), '100000000001')).rejects.toMatchObject({ code: 'USAGE', message });
    expect(stage.notes().length).toBe(1);
    expect(stage.sandbox.log.length).toBe(calls);
    expect(await stage.pairs()).toEqual(['cvm ap-guangzhou 1']);
  });

  it('says before the first call that its notes cannot be written', async () => {
    await using stage = await openStage();
    writeFileSync(path.join(stage.home, 'state'), '');
    const message = expect.stringMatching(/^cannot write in .*state\/keypair\/live \(ENOTDIR\)$/) as string;
    await expect(stage.run(['-p', 'tencent', '--yes'])).rejects.toMatchObject({ code: 'USAGE', message });
    expect(stage.sandbox.log).toEqual([]);
  });

  it('asks before it calls anything, and takes no question off a terminal for a yes', async () => {
    await using stage = await openStage();
    await expect(stage.run(['-p', 'tencent'])).rejects.toMatchObject({ code: 'USAGE', message: 'missing: --yes' });
    await expect(stage.run(['--yes'])).rejects.toMatchObject({ code: 'USAGE', message: 'missing: --provider' });
    await expect(stage.run(['-p', 'tencent', '--yess'])).rejects.toMatchObject({ code: 'USAGE' });
    await expect(stage.run(['-p', 'tencent', '--yes', '--attach'])).rejects.toMatchObject({ code: 'USAGE' });
    const version = ['-p', 'qcloud', '--api-version', 'v2', '--instance', 'ins-1', '--yes'];
    await expect(stage.run(version)).rejects.toMatchObject({ code: 'USAGE' });
    expect(stage.sandbox.log).toEqual([]);
  });

  it.each(descriptors)('makes names that $id accepts', ({ nameRule, importNameRule = nameRule }) => {
    const name = freshName();
    expect(nameRule.accepts(name)).toBe(true);
    expect(importNameRule.accepts(name)).toBe(true);
  });
});
