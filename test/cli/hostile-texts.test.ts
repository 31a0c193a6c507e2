import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/index.ts';
import { answerCompletion } from '../../src/completion/answer.ts';
import { createSandbox, type Listening, type Sandbox } from '../../sandbox/server.ts';
import { type Inside, runInside } from '../support/inside.ts';
import { filesBelow, type Found, temporaryEnv } from '../support/leaks.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';
import { converse, line, QUESTIONS } from '../wizard/talk.ts';

// 0.h: a server puts private keys, our secret key and our token into every text that it sends, written in every way. They
// are looked for behind every way out of the program.

type Env = Readonly<Record<string, string>>;

/** What a server says, and what of it must not be seen. */
interface Said {
  readonly title: string;
  readonly text: string;
  readonly secret: string;
}

interface Stage extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly env: Env;
  readonly said: readonly Said[];
}

const html = (text: string): string => text.replace(/[^A-Za-z0-9]/g, (sign) => `&#${String(sign.charCodeAt(0))};`);
const twice = (text: string): string => encodeURIComponent(encodeURIComponent(text));
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const hex = (text: string): string => Buffer.from(text).toString('hex');

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = RSA.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const PKCS8 = RSA.privateKey.export({ type: 'pkcs8', format: 'der' });
const BODY = PKCS8.toString('base64');

/** Of a key that nobody knows: by its shape alone. */
const KEYS_SAID: readonly Said[] = [
  ['a private key in lines', PEM],
  ['with commas', PEM.replaceAll('\n', ', ')],
  ['with \\n', PEM.replaceAll('\n', '\\n')],
  ['without armour', BODY],
  ['its beginning, cut', PEM.slice(0, 90)],
  ['its beginning without armour, cut', BODY.slice(0, 50)],
  ['its middle', BODY.slice(301, 560)],
  ['its middle, cut in a line', BODY.slice(301, 391)],
  ['one line of it', PEM.split('\n')[4] ?? ''],
  ['in a URL', encodeURIComponent(PEM)],
  ['in a URL, twice', twice(PEM)],
  ['its middle in a URL, twice', twice(BODY.slice(301, 561))],
  ['in HTML', html(PEM)],
  ['its middle in HTML', html(BODY.slice(301, 561))],
  ['in hex', PKCS8.toString('hex')],
  ['in hex, cut', PKCS8.toString('hex').slice(0, 90)],
  ['in base64 once more', base64(`a key: ${PEM}`)],
  ['in base64 once more, cut', base64(`a key: ${PEM}`).slice(0, 100)],
].map(([title = '', secret = '']) => ({ title, secret, text: `see ${secret}` }));

/** What we signed with, which is known. */
function valuesSaid(name: string, value: string): readonly Said[] {
  return [
    ['', value],
    [' in HTML', html(value)],
    [' in a URL', encodeURIComponent(value)],
    [' in a URL, twice', twice(value)],
    [' in hex', hex(value)],
    [' in base64', base64(value)],
    [' in base64 with text around', base64(`it is ${value} today`)],
  ].map(([how = '', secret = '']) => ({ title: `${name}${how}`, secret, text: `see ${secret} there` }));
}

/** The most of what was said that may be seen: what stands around it within base64 is 8 bytes at most. */
const SEEN = 20;

const pieces = new WeakMap<readonly Said[], ReadonlyMap<string, string>>();

/** Every piece of what must not be seen, and what it is of. The program's own files have armour, too. */
function piecesOf(said: readonly Said[]): ReadonlyMap<string, string> {
  const known = pieces.get(said);
  if (known !== undefined) return known;
  const found = new Map<string, string>();
  for (const { title, secret } of said) {
    const joined = secret.replace(/\\[nr]|[\r\n]|-----[A-Z ]+-----/g, '');
    if (joined.length < SEEN) throw new Error(`too short to be looked for: ${title}`);
    for (let at = 0; at + SEEN <= joined.length; at += 1) found.set(joined.slice(at, at + SEEN), title);
  }
  pieces.set(said, found);
  return found;
}

/** What of it is in a text. */
function leaksIn(text: string, said: readonly Said[]): readonly string[] {
  const known = piecesOf(said);
  const found = new Set<string>();
  for (const where of [text, text.replace(/\\[nr]|[\r\n]/g, '')]) {
    for (let at = 0; at + SEEN <= where.length; at += 1) {
      const title = known.get(where.slice(at, at + SEEN));
      if (title !== undefined) found.add(title);
    }
  }
  return [...found];
}

async function openStage(): Promise<Stage> {
  const sandbox = createSandbox({ stateDir: null, behaviour: { keyBits: 1024, requestsPerSecond: null } });
  const listening: Listening = await sandbox.listen();
  const { secretKey, token } = sandbox.temporaryCredentials;
  return {
    sandbox,
    env: temporaryEnv(sandbox, listening.url),
    said: [...KEYS_SAID, ...valuesSaid('the secret key', secretKey), ...valuesSaid('the token', token)],
    [Symbol.asyncDispose]: () => listening.close(),
  };
}

/** Looks at all that a run has said and left. */
function expectNothingSeen(
  words: readonly string[],
  done: Pick<Inside, 'stdout' | 'stderr' | 'error'>,
  home: string,
  said: readonly Said[],
): void {
  const { stdout, stderr, error } = done;
  // What was sent in place of a key is kept as it came, for its owner alone: it may be the only copy of one.
  const kept = ({ file, mode }: Found): boolean => /^\.ssh\/\.[^/]*\.keypair$/.test(file) && mode === 0o600;
  const files = filesBelow(home).flatMap((found) =>
    leaksIn(`${found.file}\n${kept(found) ? '' : found.text}`, said).map((title) => `${found.file}: ${title}`),
  );
  const found = [
    ...leaksIn(stdout, said).map((title) => `stdout: ${title}`),
    ...leaksIn(stderr, said).map((title) => `stderr: ${title}`),
    ...leaksIn(inspect(error, { depth: Infinity, showHidden: true }), said).map((title) => `error: ${title}`),
    ...files,
  ];
  expect(found, `${words.join(' ')}: ${found.join('; ')}`).toEqual([]);
}

type Row = Record<string, unknown>;

/** The rows of a list, and two more for each of the words, made of the first one: the words are the name of one of them. */
function withMore(
  rows: unknown,
  said: readonly Said[],
  more: (row: Row, text: string, index: number, name: string) => Row,
): unknown {
  const list = rows as readonly Row[];
  const [first] = list;
  if (first === undefined) return list;
  const rowsOf = ({ text }: Said, index: number): readonly Row[] => [
    more(first, text, 2 * index, text),
    more(first, text, 2 * index + 1, `plain${String(index)}`),
  ];
  return [...list, ...said.flatMap(rowsOf)];
}

/** What an honest answer becomes: every list gets a row for each of the words. */
function poisoned(answer: unknown, said: readonly Said[]): unknown {
  const tags = (key: string, value: string, text: string): readonly Row[] => [
    { [key]: text, [value]: 'x' },
    { [key]: 'told', [value]: text },
  ];
  const change: Readonly<Record<string, (value: unknown) => unknown>> = {
    KeyPairSet: (rows) =>
      withMore(rows, said, (row, text, index, name) => ({
        ...row,
        KeyId: index % 4 < 2 ? `skey-hostile${String(index)}` : text,
        KeyName: name,
        Description: text,
        AssociatedInstanceIds: [text],
        Tags: tags('Key', 'Value', text),
      })),
    KeyPair: (rows) =>
      Array.isArray(rows)
        ? withMore(rows, said, (row, text, _index, name) => ({
            ...row,
            KeyPairName: name,
            Tags: { Tag: tags('TagKey', 'TagValue', text) },
            ResourceGroupId: text,
          }))
        : rows,
    InstanceSet: (rows) =>
      withMore(rows, said, (row, text, index) => ({
        ...row,
        InstanceId: `ins-hostile${String(index)}`,
        InstanceName: text,
        OsName: text,
        PlatformType: text,
      })),
    RegionSet: (rows) =>
      withMore(rows, said, (row, text, index) => ({
        ...row,
        Region: `ap-new${String(index)}`,
        RegionName: text,
      })),
    Region: (rows) =>
      Array.isArray(rows)
        ? withMore(rows, said, (row, text, index) => ({
            ...row,
            RegionId: `cn-new${String(index)}`,
            LocalName: text,
          }))
        : rows,
    // Of Simple Application Server; ECS has objects of these names.
    KeyPairs: (rows) =>
      Array.isArray(rows)
        ? withMore(rows, said, (row, text, _index, name) => ({ ...row, KeyPairName: name, InstanceIds: [text] }))
        : null,
    Instances: (rows) =>
      Array.isArray(rows)
        ? withMore(rows, said, (row, text, index) => ({
            ...row,
            InstanceId: String(index).padStart(32, 'b'),
            InstanceName: text,
            Image: { ImageName: text, ImageVersion: text, OsType: text },
          }))
        : null,
    Regions: (rows) =>
      Array.isArray(rows)
        ? withMore(rows, said, (row, text, index) => ({ ...row, RegionId: `cn-new${String(index)}`, LocalName: text }))
        : null,
    TotalCount: (count) => Number(count) + 2 * said.length,
  };
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, change[name]?.(item) ?? walk(item)]));
  };
  return walk(answer);
}

const ACTIONS = [
  'DescribeKeyPairs',
  'DescribeInstances',
  'DescribeRegions',
  'ListKeyPairs',
  'ListInstances',
  'ListRegions',
];

function poison({ sandbox, said }: Stage): void {
  for (const action of ACTIONS) {
    sandbox.fault({ kind: 'patch', action, times: 1000, patch: (answer) => poisoned(answer, said) });
  }
}

const MODES = [[], ['--json'], ['--quiet'], ['--debug'], ['--json', '--debug']];

describe('no private key and no credential that a server says is seen', () => {
  it('in the lists of pairs, instances and regions, in the caches, at a TAB, in doctor', async () => {
    await using stage = await openStage();
    const { env, said } = stage;
    // qcloud has the pairs of tencent.
    for (const provider of ['tencent', 'lighthouse', 'aliyun', 'swas']) {
      const home = temporaryDirectory();
      const made = await runInside(['create', '-p', provider, '--name', 'there'], { home, env });
      expect(made.exit, made.stderr).toBe(0);
    }
    poison(stage);
    for (const provider of ['tencent', 'lighthouse', 'aliyun', 'swas', 'qcloud']) {
      for (const mode of MODES) {
        const home = temporaryDirectory();
        const lines = [
          ['regions'],
          ['list'],
          ['instances'],
          ['attach', 'there', 'nobody', '--yes'],
          ['show', 'there'],
          ['show', '[secret]'],
          ['delete', 'nobody', '--yes'],
          ...(mode.length === 0 || mode[0] === '--json' ? [['doctor']] : []),
        ].filter((words) => mode[0] !== '--quiet' || words.length === 1);
        for (const words of lines) {
          const whole = [...words, '-p', provider, ...mode];
          expectNothingSeen(whole, await runInside(whole, { home, env }), home, said);
        }
        // That something was there to be seen.
        const listed = await runInside(['list', '-p', provider, '--json'], { home, env });
        expect(listed.stdout.match(/\[secret\]/g)?.length ?? 0).toBeGreaterThan(said.length);
        for (const [shell, kind] of [
          ['bash', 'pairs='],
          ['zsh', 'pairs=a'],
          ['fish', 'instances='],
        ] as const) {
          const paths = { env: { ...env, KEYPAIR_PROVIDER: provider }, platform: 'linux', home };
          const offered = await answerCompletion([shell, kind], paths, COMMANDS);
          expect(leaksIn(offered, said)).toEqual([]);
        }
      }
    }
  }, 300_000);

  it('in the answers to changes, the journal, the ledger and the trash', async () => {
    await using stage = await openStage();
    const { sandbox, env, said } = stage;
    for (const [provider, at] of [
      ['tencent', 'cvm'],
      ['aliyun', 'ecs'],
    ] as const) {
      const home = temporaryDirectory();
      for (const [index, { title, text }] of said.entries()) {
        const name = `pair_${String(index)}`;
        const patch = (answer: unknown): unknown => {
          const change = (value: Row): Row => ({
            ...value,
            Description: text,
            KeyId: text,
            KeyPairId: text,
            Tags: [],
          });
          const { Response, ...bare } = answer as { readonly Response?: { readonly KeyPair: Row } };
          return Response === undefined
            ? { ...change(bare), RequestId: text }
            : { Response: { KeyPair: change(Response.KeyPair), RequestId: text } };
        };
        sandbox.fault({ kind: 'patch', interface: at, action: 'CreateKeyPair', patch });
        const mode = MODES[index % MODES.length] ?? [];
        const line = ['create', '-p', provider, '--name', name, ...mode];
        const made = await runInside(line, { home, env });
        expect({ title, exit: made.exit, said: made.stderr }).toMatchObject({ title, exit: 0 });
        expectNothingSeen(line, made, home, said);
      }
      const trash = await runInside(['trash', 'list', '--json'], { home, env });
      expectNothingSeen(['trash', 'list'], trash, home, said);
    }
  }, 300_000);

  it('in errors: their words, their code, their request id, their headers', async () => {
    await using stage = await openStage();
    const { sandbox, env, said } = stage;
    const lists = [
      ['tencent', 'cvm'],
      ['aliyun', 'ecs'],
      ['qcloud', 'legacy'],
    ] as const;
    for (const [provider, at] of lists) {
      for (const { text } of said) {
        const short = text.replace(/\s/g, ' ');
        const headers = { 'x-acs-request-id': short, 'x-echo': short, 'content-type': 'application/json' };
        const denied = {
          Code: short,
          Message: text,
          RequestId: short,
          AccessDeniedDetail: { AuthAction: short },
        };
        const body = {
          cvm: JSON.stringify({ Response: { Error: { Code: short, Message: text }, RequestId: short } }),
          ecs: JSON.stringify({ ...denied, [short]: 1 }),
          legacy: JSON.stringify({ code: 4000, message: text, codeDesc: short, requestId: short }),
        }[at];
        for (const mode of [['--json'], ['--debug']]) {
          const action = at === 'legacy' ? 'CreateKeyPair' : 'DescribeKeyPairs';
          sandbox.fault({ kind: 'status', status: 403, body, headers, action });
          const line =
            at === 'legacy'
              ? ['create', '-p', provider, '--api-version', 'v2', '--name', 'x', ...mode]
              : ['list', '-p', provider, ...mode];
          const home = temporaryDirectory();
          const done = await runInside(line, { home, env });
          expect(done.exit).not.toBe(0);
          expectNothingSeen(line, done, home, said);
        }
      }
    }
  }, 300_000);

  it('in what tells whose the credentials are', async () => {
    await using stage = await openStage();
    const { sandbox, env, said } = stage;
    for (const vendor of ['tencent', 'aliyun']) {
      for (const { text } of said) {
        const line = text.replace(/\s/g, ' ');
        const whose = {
          AccountId: line,
          Arn: line,
          Type: line,
          IdentityType: line,
          UserId: line,
          RequestId: line,
        };
        const answer = vendor === 'tencent' ? { Response: whose } : whose;
        for (const mode of [[], ['--json'], ['--debug']]) {
          sandbox.fault({ kind: 'patch', action: 'GetCallerIdentity', patch: () => answer });
          const words = ['auth', 'status', '--check', '-p', vendor, ...mode];
          const home = temporaryDirectory();
          const done = await runInside(words, { home, env });
          expect(done.exit, done.stderr).toBe(0);
          expect(done.stdout).toContain('[secret]');
          expectNothingSeen(words, done, home, said);
        }
      }
    }
  }, 300_000);

  it('in the lists of the wizard', async () => {
    await using stage = await openStage();
    const { env, said } = stage;
    const home = temporaryDirectory();
    const made = await runInside(['create', '-p', 'tencent', '--name', 'there'], { home, env });
    expect(made.exit, made.stderr).toBe(0);
    poison(stage);
    await using terminal = keypairOnTerminal([], { home, env, rows: 80, columns: 200 });
    await converse(terminal, [QUESTIONS.menu, line(2)], ['Whose key pairs?'], [QUESTIONS.region, 'ap-guangzhou']);
    await terminal.shows('Which key pair');
    terminal.type('secret');
    await terminal.shows('❯ [secret]');
    terminal.type(KEYS.enter);
    await terminal.shows('What do you want to do with [secret]?');
    terminal.type(KEYS.enter);
    // It stands for many names, and is none itself.
    expect(await terminal.ended()).toBe(3);
    expect(leaksIn(terminal.raw(), said)).toEqual([]);
    expect(leaksIn(terminal.screen(), said)).toEqual([]);
  });

  it('but public keys and fingerprints are, wherever a server puts them', async () => {
    await using stage = await openStage();
    const { sandbox, env } = stage;
    const home = temporaryDirectory();
    await runInside(['create', '-p', 'tencent', '--name', 'there'], { home, env });
    const listed = await runInside(['list', '-p', 'tencent', '--json'], { home, env });
    const [pair] = JSON.parse(listed.stdout) as [{ publicKey: string; fingerprints: { sha256: string; md5: string } }];
    const texts = [
      pair.publicKey,
      pair.fingerprints.sha256,
      pair.fingerprints.md5,
      `the key ${pair.publicKey} has ${pair.fingerprints.sha256} and ${pair.fingerprints.md5}`,
      RSA.publicKey.export({ type: 'spki', format: 'pem' }).toString().replaceAll('\n', ' ').trim(),
      RSA.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString().replaceAll('\n', ' ').trim(),
      'SHA512:yxOyjtiFe3kZZ0ZC4Ux0PrFeqGaQ8aYl+B1tM0Ve5BkzfxjuYHn2cRrzZhBYqC/e7c0zQG4hUO3xkPrqbyt2yg',
      '2fd4e1c67a2d28fced849ee1bb76e7391b93eb12cf83e1357eb15053195230cb5a9e3bd5a0d9d2ea2d4a7f2c8fa6a7b1c',
      'Prod-Cluster-Frankfurt-1_Node-Pool-Blue-Green-Deployment-2026-Team-Payments-Backend',
    ];
    for (const text of texts) {
      sandbox.fault({
        kind: 'patch',
        action: 'DescribeKeyPairs',
        patch: (answer) => {
          const { Response } = answer as { readonly Response: { readonly KeyPairSet: readonly Row[] } };
          const KeyPairSet = Response.KeyPairSet.map((row) => ({ ...row, Description: text }));
          return { Response: { ...Response, KeyPairSet } };
        },
      });
      const { stdout } = await runInside(['list', '-p', 'tencent', '--json'], { home, env });
      expect(JSON.parse(stdout)).toMatchObject([{ publicKey: pair.publicKey, description: text }]);
      sandbox.fault({
        kind: 'error',
        action: 'DescribeKeyPairs',
        code: 'InvalidParameter',
        message: `no ${pair.publicKey}`,
      });
      const refused = await runInside(['list', '-p', 'tencent'], { home, env });
      expect(refused.stderr).toContain(pair.publicKey.split(' ')[1]);
    }
  });
});
