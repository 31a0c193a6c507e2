import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { KeypairError } from '../../src/errors.ts';
import { fingerprintDialects, matchFingerprint } from '../../src/keys/fingerprint.ts';
import { parsePrivateKey } from '../../src/keys/private-key.ts';
import { parsePublicKey, samePublicKey } from '../../src/keys/public-key.ts';
import type { Fault } from '../../sandbox/faults.ts';
import type { KeyShape } from '../../sandbox/keys.ts';
import { type Bench, type BenchOptions, INTERFACES, listed, NEVER, openBench, plain } from './interfaces.ts';

const CREATE = 'CreateKeyPair';

const SHAPES: readonly KeyShape[] = (['pem', 'bare'] as const).flatMap((armour) =>
  (['pkcs1', 'pkcs8'] as const).flatMap((container) =>
    (['', '-crlf'] as const).flatMap((ends) =>
      (['', '-no-newline'] as const).map((last): KeyShape => `${armour}-${container}${ends}${last}`),
    ),
  ),
);

describe.each(INTERFACES)('create: $title', (under) => {
  const { descriptor, at, errors, id } = under;
  let bench: Bench | null = null;

  async function open(options: BenchOptions = {}): Promise<Bench> {
    bench = await openBench(under, options);
    return bench;
  }

  afterEach(async () => {
    await bench?.close();
    bench = null;
  });

  async function failure(request: Promise<unknown>): Promise<KeypairError> {
    const error = await request.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(KeypairError);
    return error as KeypairError;
  }

  it('makes a pair with one request and hands out its private half', async () => {
    const { provider, count, sandbox } = await open();
    const { pair, privateKey, requestId } = await provider.createKeyPair!(plain('foo'), NEVER);
    expect(pair.name).toBe('foo');
    if (id === null) expect(pair.id).toBeNull();
    else expect(pair.id).toMatch(id);
    // The legacy interface gives its requests no id.
    if (at === 'legacy') expect(requestId).toBeNull();
    else expect(requestId).toMatch(/^[0-9A-Fa-f-]{36}$/);
    expect(count(CREATE)).toBe(1);
    expect(sandbox.log.at(-1)).toMatchObject({
      interface: at,
      host: descriptor.host(descriptor.defaultRegion, 'cn'),
    });
    const key = parsePrivateKey(privateKey);
    if (pair.publicKey !== null) expect(samePublicKey(parsePublicKey(pair.publicKey), key.publicKey)).toBe(true);
    if (pair.fingerprint !== null) {
      expect(matchFingerprint(pair.fingerprint, fingerprintDialects(key.publicKey, key))).not.toBeNull();
    }
    // Simple Application Server returns nothing of the public half.
    expect((pair.publicKey ?? pair.fingerprint) === null).toBe(at === 'swas');
    const [seen] = await listed(provider, { name: 'foo' });
    expect(samePublicKey(parsePublicKey(seen?.publicKey ?? ''), key.publicKey)).toBe(true);
  });

  it('keeps the private half out of everything that prints', async () => {
    const trace: string[] = [];
    const { provider } = await open({ trace: (line) => trace.push(line) });
    const created = await provider.createKeyPair!(plain('foo'), NEVER);
    const body = created.privateKey.reveal().replace(/-----[A-Z ]+-----|\s/g, '');
    // From the end: the beginning of a private RSA key is its public modulus.
    const piece = body.slice(-80, -40);
    expect(inspect(created, { depth: 9 })).not.toContain(piece);
    expect(JSON.stringify(created)).not.toContain(piece);
    expect(trace.join('\n')).toContain(CREATE);
    expect(trace.join('\n')).not.toContain(piece);
  });

  it.each(SHAPES)('reads a private key in the shape %s', async (shape) => {
    const { provider } = await open({ behaviour: { tencentKeyShape: shape, aliyunKeyShape: shape } });
    const { privateKey } = await provider.createKeyPair!(plain('foo'), NEVER);
    expect(parsePrivateKey(privateKey).publicKey.bits).toBe(1024);
  });

  it.each(['sha1-blob', 'md5-blob', 'sha1-pkcs8'] as const)(
    'recognises the fingerprint dialect %s',
    async (dialect) => {
      const { provider } = await open({ behaviour: { fingerprint: dialect } });
      const { pair, privateKey } = await provider.createKeyPair!(plain('foo'), NEVER);
      const key = parsePrivateKey(privateKey);
      if (pair.fingerprint === null) expect(at).not.toBe('ecs');
      else expect(matchFingerprint(pair.fingerprint, fingerprintDialects(key.publicKey, key))).not.toBeNull();
    },
  );

  it('refuses a name that is taken, and makes nothing', async () => {
    const { provider } = await open();
    await provider.createKeyPair!(plain('foo'), NEVER);
    const error = await failure(provider.createKeyPair!(plain('foo'), NEVER));
    // The legacy interface's codes for it are not documented: there it may be told apart no better than by its class.
    if (at !== 'legacy') expect(error.code).toBe('CONFLICT');
    expect(error.providerCode).toBeTruthy();
    expect(error.requestId ?? (at === 'legacy' ? 'none' : null)).not.toBeNull();
    expect(await listed(provider)).toHaveLength(1);
  });

  it.each([
    'x',
    'my-key',
    'a.b',
    'ключ',
    'a b',
    '',
    '9',
    '_',
    'a'.repeat(25),
    'a'.repeat(26),
    'a'.repeat(128),
    'a'.repeat(129),
  ])('agrees with the service on the name %j', async (name) => {
    const { provider } = await open();
    const answer = await provider.createKeyPair!(plain(name), NEVER).then(
      () => null,
      (error: unknown) => error,
    );
    expect(answer === null, String(answer)).toBe(descriptor.nameRule.accepts(name));
    if (answer !== null) expect(answer).toMatchObject({ code: expect.stringMatching(/USAGE|FAILURE/) as string });
  });

  it('sends tags where the service has them', async () => {
    const { provider } = await open();
    if (descriptor.tagRule === null) {
      expect(descriptor.abilities.tag).toBe(false);
      return;
    }
    await provider.createKeyPair!(plain('foo', { tags: { env: 'prod', 'a b': 'c*~d' } }), NEVER);
    const [pair] = await listed(provider, { name: 'foo' });
    expect(pair?.tags).toEqual({ env: 'prod', 'a b': 'c*~d' });
  });

  it('says so when a project or resource group is not there', async () => {
    const { provider } = await open();
    const request = plain('foo', { projectId: 4711, resourceGroupId: 'rg-nowhere' });
    const outcome = await provider.createKeyPair!(request, NEVER).then(
      () => 'made',
      (error: unknown) => (error as KeypairError).code,
    );
    // These have neither.
    expect(outcome).toBe({ lighthouse: 'made', legacy: 'made', swas: 'made' }[at as string] ?? 'NOT_FOUND');
  });

  it.each(['cn', 'intl'] as const)(
    'calls the hosts of the site %s in every region, and signs for them',
    async (site) => {
      const { adapter, sandbox } = await open();
      for (const region of descriptor.regions) {
        if (!descriptor.sites.includes(site)) continue;
        const provider = await adapter({ region, site });
        const error = await provider.createKeyPair!(plain('foo'), NEVER).then(
          () => null,
          (thrown: unknown) => thrown as KeypairError,
        );
        // A region that the stand-in does not know is refused for that, never for the signature.
        if (error !== null) expect(error.code, `${region}: ${error.message}`).not.toBe('AUTH');
        expect(sandbox.log.at(-1)?.host).toBe(descriptor.host(region, site));
      }
      expect(sandbox.log.length > 0).toBe(descriptor.sites.includes(site));
    },
  );

  it('signs with a temporary key and its token', async () => {
    const { adapter, sandbox } = await open();
    const { secretId, secretKey, token } = sandbox.temporaryCredentials;
    const credentials = { id: secretId, secret: new Secret(secretKey), source: 'test', expiresAt: null };
    const provider = await adapter({ credentials: { ...credentials, token: new Secret(token) } });
    await expect(provider.createKeyPair!(plain('foo'), NEVER)).resolves.toBeDefined();
    for (const wrong of [null, new Secret('another-token-entirely')]) {
      const error = await failure(
        (await adapter({ credentials: { ...credentials, token: wrong } })).createKeyPair!(plain('bar'), NEVER),
      );
      expect(error).toMatchObject({ code: 'AUTH', outcome: 'none' });
    }
  });

  it('says that a secret is wrong without a word of it, nor of what the service echoes', async () => {
    const { adapter, sandbox } = await open();
    const secret = new Secret('the-wrong-secret-key-of-somebody');
    const token = new Secret('the-token-that-must-not-be-seen');
    for (const credentials of [
      { id: sandbox.credentials.secretId, secret, token: null, source: 'test', expiresAt: null },
      { id: 'AKIDnobodyhasthisidentifieratall000', secret, token: null, source: 'test', expiresAt: null },
      { id: sandbox.temporaryCredentials.secretId, secret, token, source: 'test', expiresAt: null },
    ]) {
      const error = await failure((await adapter({ credentials })).createKeyPair!(plain('foo'), NEVER));
      expect(error).toMatchObject({ code: 'AUTH', outcome: 'none' });
      expect(error.hints.length).toBeGreaterThan(0);
      const shown = [error.message, ...error.hints, error.stack, inspect(error, { depth: 9 })].join('\n');
      for (const hidden of [secret.reveal(), token.reveal(), credentials.id, 'KeyPairName=', 'Signature=']) {
        expect(shown).not.toContain(hidden);
      }
    }
  });

  it.each([-3, 3])('says that the clock is off by %i hours', async (hours) => {
    const { provider } = await open({ now: () => new Date(Date.now() + hours * 3_600_000) });
    const error = await failure(provider.createKeyPair!(plain('foo'), NEVER));
    expect(error.code).toBe('AUTH');
    expect(error.hints.join(' ')).toMatch(/clock/);
  });

  it('asks for a slower pace when the service throttles', async () => {
    const { provider } = await open({ behaviour: { requestsPerSecond: 1 } });
    const answers = await Promise.allSettled(
      ['a1', 'a2', 'a3', 'a4'].map((name) => provider.createKeyPair!(plain(name), NEVER)),
    );
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as KeypairError] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  });

  it('says that the quota is full', async () => {
    const { provider } = await open({ behaviour: { quota: { cvm: 1, lighthouse: 1, ecs: 1, swas: 1 } } });
    await provider.createKeyPair!(plain('foo'), NEVER);
    const error = await failure(provider.createKeyPair!(plain('bar'), NEVER));
    if (at !== 'legacy') expect(error.code).toBe('CONFLICT');
  });

  it.each(Object.entries(errors))('maps %s as its table says', async (code, row) => {
    // The legacy interface has numbers, the others have names.
    if ((at === 'legacy') !== /^\d+$/.test(code)) return;
    const { provider, sandbox } = await open();
    sandbox.fault({ kind: 'error', action: CREATE, code, message: 'what the service says' });
    const error = await failure(provider.createKeyPair!(plain('foo'), NEVER));
    expect(error.code).toBe(row.code);
    const place = `-p ${descriptor.id} -r ${descriptor.defaultRegion}`;
    expect(error.hints).toContain(row.hint.replace('{place}', place));
    expect(error.outcome).toBe(row.outcome ?? 'none');
    expect(error.providerCode).toBe(code);
    expect(error.provider).toBe(descriptor.id);
    if (at !== 'legacy') expect(error.requestId).toMatch(/^[0-9A-Fa-f-]{36}$/);
    expect(error.message).toContain('what the service says');
  });

  it('calls an error that it does not know by its code', async () => {
    const { provider, sandbox } = await open();
    const code = at === 'legacy' ? '9999' : 'BrandNew.Trouble';
    sandbox.fault({ kind: 'error', action: CREATE, code, message: 'never seen' });
    expect(await failure(provider.createKeyPair!(plain('foo'), NEVER))).toMatchObject({
      code: 'FAILURE',
      providerCode: code,
    });
  });

  const LOST: readonly (readonly [string, Fault])[] = [
    ['closed before it is carried out', { kind: 'drop', when: 'before' }],
    ['closed after it is carried out', { kind: 'drop', when: 'after' }],
    ['cut in half', { kind: 'cut' }],
    ['never sent', { kind: 'hang', when: 'after' }],
    ['502 with a page', { kind: 'status', status: 502, body: '<html>bad gateway</html>' }],
    ['503 with nothing', { kind: 'status', status: 503, body: '' }],
    ['a redirect', { kind: 'redirect', location: 'https://login.example/portal?secret=x' }],
    ['a web page with status 200', { kind: 'body', body: '<!DOCTYPE html><title>Sign in</title>' }],
    ['empty', { kind: 'body', body: '' }],
    ['null', { kind: 'body', body: 'null' }],
    ['a list', { kind: 'body', body: '[]' }],
    ['an empty object', { kind: 'body', body: '{}' }],
    ['half of a JSON text', { kind: 'body', body: '{"Response":{"KeyPair":' }],
    ['2 MiB long', { kind: 'body', body: 'x'.repeat(2 * 1024 * 1024) }],
  ];

  it.each(LOST)('does not know what became of the pair when the answer is %s', async (_what, fault) => {
    const { provider, sandbox, count } = await open({ timeoutMs: 400 });
    sandbox.fault({ ...fault, action: CREATE });
    const error = await failure(provider.createKeyPair!(plain('foo'), NEVER));
    expect(error.outcome).toBe('unknown');
    expect(error.message).not.toMatch(/secret=x/);
    expect(count(CREATE)).toBe(1);
  });

  it('knows that nothing happened when nobody listens', async () => {
    const { provider, hangUp } = await open();
    await hangUp();
    const error = await failure(provider.createKeyPair!(plain('foo'), NEVER));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  });

  const PRIVATE_FIELDS = new Set(['PrivateKey', 'PrivateKeyBody', 'secretkey']);

  function changed(answer: unknown, change: (key: string, value: unknown) => unknown): unknown {
    if (typeof answer !== 'object' || answer === null) return answer;
    return Object.fromEntries(
      Object.entries(answer).map(([key, inner]: [string, unknown]) => {
        const instead = change(key, inner);
        return [key, instead === inner ? changed(inner, change) : instead];
      }),
    );
  }

  it.each([null, 7, true, [], {}, '', 'null'])(
    'hands on the whole answer when the private key is %j',
    async (value) => {
      const { provider, sandbox } = await open();
      const patch = (answer: unknown): unknown =>
        changed(answer, (key, old) => (PRIVATE_FIELDS.has(key) ? value : old));
      sandbox.fault({ kind: 'patch', action: CREATE, patch });
      const error = await failure(provider.createKeyPair!(plain('foo'), NEVER));
      expect(error.outcome).toBe('unknown');
      expect(error.answer?.reveal()).toContain('foo');
    },
  );

  it.each([null, 7, [], { toString: 'x' }, '\u001b]0;owned\u0007\u202e', 'x'.repeat(100_000)])(
    'survives %j in every other field, and keeps the key',
    async (value) => {
      const { provider, sandbox } = await open();
      const keep = new Set([...PRIVATE_FIELDS, 'code', 'Response', 'KeyPair', 'data']);
      const patch = (answer: unknown): unknown => changed(answer, (key, old) => (keep.has(key) ? old : value));
      sandbox.fault({ kind: 'patch', action: CREATE, patch });
      const { privateKey, pair, requestId } = await provider.createKeyPair!(plain('foo'), NEVER);
      expect(parsePrivateKey(privateKey).publicKey.bits).toBe(1024);
      for (const text of [pair.name, pair.id, pair.fingerprint, pair.description, requestId]) {
        expect(text ?? '').not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
        expect((text ?? '').length).toBeLessThan(2000);
      }
    },
  );

  it('makes a hostile message harmless', async () => {
    const { provider, sandbox } = await open();
    const message = `\u001b[2J\u001b]52;c;AAAA\u0007\u202e${'x'.repeat(50_000)}`;
    const code = Object.keys(errors).find((name) => /^\d+$/.test(name) === (at === 'legacy')) ?? '';
    sandbox.fault({ kind: 'error', action: CREATE, code, message });
    const error = await failure(provider.createKeyPair!(plain('foo'), NEVER));
    expect(error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(error.message.length).toBeLessThan(1000);
  });
});
