import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandSpec } from '../../src/cli/spec.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { createSandbox } from '../../sandbox/server.ts';
import { type Inside, runInside } from '../support/inside.ts';
import { filesBelow, temporaryEnv } from '../support/leaks.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const KEY =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDP0Yw2T4itUKOJQIK69c1Asy1UO88cxEbujR5Jbr0e/Ey1v4ZKAUzDnsBnFlf4hKPA1YvMB8RBYj4GcLtM7PrKnBNNram8rgl73X/klOO8oqKv+J/XUA7KHH1Y6wcn1RTRTMdDHbGhW1q/UpfeylNTbf+wEIWhEfaL5FKQm4hqCw== me\n';

const TENCENT = ['-p', 'tencent'];
const LIGHTHOUSE = ['-p', 'lighthouse'];
const MADE_LIGHTHOUSE = ['create', ...LIGHTHOUSE, '--name', 'foo'];
const ALIYUN = ['-p', 'aliyun'];
const MADE = ['create', ...TENCENT, '--name', 'foo'];
const MADE_ALIYUN = ['create', ...ALIYUN, '--name', 'foo'];
const LOST = ['import', ...TENCENT, '--name', 'lost', 'key.pub'];
const ATTACHED = ['attach', 'foo', 'ins-sandbox3', ...TENCENT, '-y', '--wait'];
const ATTACHED_ALIYUN = ['attach', 'foo', 'i-sandbox3', ...ALIYUN, '-y', '--wait'];
const ATTACHED_LIGHTHOUSE = ['attach', 'foo', 'lhins-sandbox3', ...LIGHTHOUSE, '-y', '--wait'];
const ONLINE = ['--online', '--user', 'ubuntu'];
const ATTACHED_ONLINE = ['attach', 'foo', 'lhins-sandbox1', ...LIGHTHOUSE, ...ONLINE, '-y', '--wait'];
const PUT_ASIDE = ['delete', 'foo', ...TENCENT, '-y', '--local-files'];
const CONFIGURED = ['config', 'set', 'region', 'ap-beijing'];
const LOGIN = ['--secret-id', 'AKIDtest', '--secret-stdin', '--store', 'file', '--insecure-plaintext'];
const LOGGED_IN = ['auth', 'login', ...TENCENT, ...LOGIN, '--no-check'];

/** A command line without `--dry-run`. */
interface Case {
  readonly before?: readonly (readonly string[])[];
  readonly args: readonly string[];
  /** Of the dry run and, with `--yes`, of the real one. */
  readonly exit?: number;
  /** Of the real run, where the dry run cannot tell. */
  readonly real?: number;
  /** What the dry run says. */
  readonly says?: RegExp;
  /** Why the real run is not compared: it needs more than a stand-in cloud. */
  readonly alone?: true;
}

/** For every command that changes something: what works, and what the real run would be refused for. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  create: [
    { args: [...TENCENT, '--name', 'foo'], says: /^would create foo\n/ },
    // For the key file. It asks nobody, so it does not see that a name is taken in the cloud.
    { before: [MADE], args: [...TENCENT, '--name', 'foo'], exit: 5 },
    { before: [LOST], args: [...TENCENT, '--name', 'lost'], says: /^would create lost\n/, real: 5 },
  ],
  import: [
    {
      args: [...TENCENT, '--name', 'mine', 'key.pub'],
      says: /^would upload mine \(SHA256:.*\) to tencent, ap-guangzhou\n$/,
    },
    {
      args: [...ALIYUN, '--name', 'mine', 'key.pub', '-r', 'cn-hangzhou,cn-beijing'],
      says: /^(would upload .*\n){2}$/,
    },
    { before: [MADE], args: [...TENCENT, '--name', 'foo', 'key.pub'], exit: 5 },
    { args: [...TENCENT, '--name', 'a b', 'key.pub'], exit: 2 },
  ],
  ensure: [
    { args: [...TENCENT, '--name', 'foo', 'bar'], says: /^(would create (foo|bar)\n){2}$/ },
    { before: [MADE], args: [...TENCENT, '--name', 'foo'], says: /^foo already exists: nothing would be changed\n$/ },
    { before: [LOST], args: [...TENCENT, '--name', 'lost'], exit: 5 },
  ],
  update: [
    { before: [MADE], args: [...TENCENT, 'foo', '--rename', 'bar'], says: /^would change foo\n +name +foo → bar\n$/ },
    { before: [MADE], args: [...TENCENT, 'foo', '--description', 'words'], says: /description +none → words\n$/ },
    { before: [MADE_ALIYUN], args: [...ALIYUN, 'foo', '--tag', 'a=b'], says: /tag +none → a=b\n$/ },
    { before: [MADE, LOST], args: [...TENCENT, 'foo', '--rename', 'lost'], exit: 5 },
    { args: [...TENCENT, 'foo', '--rename', 'bar'], exit: 3 },
  ],
  attach: [
    { before: [MADE], args: [...TENCENT, 'foo', 'ins-sandbox3'], says: /^would attach foo to ins-sandbox3\n$/ },
    { before: [MADE], args: [...TENCENT, 'foo', 'web-1'], exit: 5 },
    { before: [MADE], args: [...TENCENT, 'foo', 'web-1', '--force-stop'], says: /^would attach foo to ins-/ },
    { before: [MADE], args: [...TENCENT, 'foo', 'ins-nobody12'], exit: 3 },
    { before: [MADE], args: [...TENCENT, 'foo', 'office-1'], exit: 2 },
    { before: [MADE_LIGHTHOUSE], args: [...LIGHTHOUSE, 'foo', 'office-1'], exit: 2 },
    { before: [MADE_ALIYUN], args: [...ALIYUN, 'foo', 'office-1'], exit: 2 },
    {
      before: [MADE, ATTACHED],
      args: [...TENCENT, 'foo', 'ins-sandbox3'],
      says: /^would attach foo to ins-sandbox3, which it is bound to already\n$/,
    },
    { before: [MADE_LIGHTHOUSE, ATTACHED_LIGHTHOUSE], args: [...LIGHTHOUSE, 'foo', 'batch-1'], exit: 5 },
    {
      before: [MADE_LIGHTHOUSE, ATTACHED_ONLINE],
      args: [...LIGHTHOUSE, 'foo', 'web-1', '--online', '--user', 'root'],
      says: /^would attach foo to lhins-sandbox1, which it is bound to already\n$/,
    },
  ],
  detach: [
    {
      before: [MADE, ATTACHED],
      args: [...TENCENT, 'foo', 'ins-sandbox3'],
      says: /^would detach foo from ins-sandbox3\n$/,
    },
    { before: [MADE], args: [...TENCENT, 'foo', 'ins-sandbox3'], exit: 5 },
    { before: [MADE_LIGHTHOUSE], args: [...LIGHTHOUSE, 'foo', 'lhins-sandbox3'], exit: 5 },
    { before: [MADE], args: ['-p', 'qcloud', '--api-version', 'v2', 'foo', 'ins-sandbox3'], exit: 5 },
    {
      before: [MADE_ALIYUN],
      args: [...ALIYUN, 'foo', 'i-sandbox3'],
      says: /^foo is not bound to i-sandbox3: nothing would be changed\n$/,
    },
  ],
  authorize: [
    {
      before: [MADE_LIGHTHOUSE],
      args: ['foo', 'web-1', ...LIGHTHOUSE],
      says: /^would put foo .* on .*\n$/,
      alone: true,
    },
    { before: [MADE], args: [...TENCENT, 'foo', 'nobody'], exit: 3 },
  ],
  revoke: [{ before: [MADE], args: [...TENCENT, 'foo', 'nobody'], exit: 3 }],
  rotate: [{ args: [...TENCENT, 'foo'], exit: 3 }],
  delete: [
    { before: [MADE], args: [...TENCENT, 'foo', '--local-files'], says: /^would delete foo \(.*\) and move .*\n$/ },
    { before: [MADE, ATTACHED], args: [...TENCENT, 'foo'], exit: 5 },
    { before: [MADE_ALIYUN, ATTACHED_ALIYUN], args: [...ALIYUN, 'foo'], exit: 5 },
    {
      before: [MADE, LOST, ATTACHED],
      args: [...TENCENT, 'foo', 'lost'],
      exit: 5,
      says: /^would delete lost \(.*\)\n$/,
    },
    { args: [...TENCENT, 'foo'], exit: 3 },
  ],
  export: [
    { before: [MADE], args: ['foo', '--format', 'ppk'], says: /^would write .*foo\.ppk\n$/ },
    { args: ['foo', '--format', 'ppk'], exit: 3 },
  ],
  passphrase: [{ before: [MADE], args: ['foo', '--passphrase-stdin'], says: /^would set the passphrase of .*foo\n$/ }],
  'agent add': [{ before: [MADE], args: ['foo'], says: /^would add .*foo to the agent\n$/, alone: true }],
  // There is no OpenSSH on the PATH of these runs.
  'agent remove': [{ before: [MADE], args: ['foo'], exit: 3 }],
  'ssh-config install': [{ before: [MADE, ATTACHED], args: TENCENT, exit: 3 }],
  'ssh-config remove': [{ args: [], says: /^nothing to remove\n$/ }],
  'auth login': [
    {
      args: [...TENCENT, ...LOGIN, '--no-check'],
      says: /^would log in to Tencent Cloud: .*, kept in ~\/\.config\/.*\n$/,
    },
    { args: [...TENCENT, ...LOGIN, '--store', 'keychain'], exit: 2 },
  ],
  'auth logout': [
    {
      before: [LOGGED_IN],
      args: TENCENT,
      says: /^would remove the login of profile default to Tencent Cloud from the file\n$/,
    },
    { args: TENCENT, exit: 3 },
  ],
  'config set': [
    { args: ['region', 'ap-beijing'], says: /^profile default: region would be ap-beijing\n$/ },
    { args: ['role.external-id', 'abc'], says: /^profile default: role\.external-id would be set\n$/ },
    { args: ['region', 'ap-beijng'], exit: 2 },
  ],
  'config unset': [
    { before: [CONFIGURED], args: ['region'], says: /^profile default: region would not be set any more\n$/ },
    { args: ['region', '--profile', 'nobody'], exit: 2 },
  ],
  doctor: [{ before: [MADE], args: [...TENCENT, '--fix'], exit: 1, says: /1 problem/ }],
  'sandbox reset': [{ args: [], says: /^would empty .*sandbox\n$/ }],
  'trash restore': [{ before: [MADE, PUT_ASIDE], args: ['foo'], says: /^would restore .*foo\n/ }],
  'trash empty': [{ before: [MADE, PUT_ASIDE], args: [], says: /^would remove .*\n/ }],
};

/** A stand-in cloud and a home, in which commands run. */
async function openWorld() {
  const sandbox = createSandbox({ stateDir: null, behaviour: { keyBits: 1024, requestsPerSecond: null } });
  const listening = await sandbox.listen();
  const home = temporaryDirectory();
  writeFileSync(path.join(home, 'key.pub'), KEY);
  const env = temporaryEnv(sandbox, listening.url);
  return {
    sandbox,
    home,
    run: (line: readonly string[]): Promise<Inside> =>
      runInside(line, { home, env, input: 'secretOfThisTest01234567\n' }),
    /** All that counts; caches do not. */
    files: () => filesBelow(home).filter(({ file }) => !file.startsWith('.cache/')),
    [Symbol.asyncDispose]: () => listening.close(),
  };
}

function commandsBelow(spec: CommandSpec, above: readonly string[]): readonly (readonly [string, CommandSpec])[] {
  const words = [...above, spec.name];
  if (spec.commands === undefined) return [[words.join(' '), spec]];
  return spec.commands.flatMap((child) => commandsBelow(child, words));
}

const specs = await Promise.all(COMMANDS.map(({ load }) => load()));
const changing = specs.flatMap((spec) => commandsBelow(spec, [])).filter(([, { changes = [] }]) => changes.length > 0);

describe('a dry run', () => {
  it('is possible with every command that changes something', () => {
    expect(changing.map(([name]) => name).sort()).toEqual(Object.keys(CASES).sort());
    for (const [name, { options = [] }] of changing)
      expect(
        options.map(({ flags }) => flags),
        name,
      ).toContain('--dry-run');
  });

  const all = Object.entries(CASES).flatMap(([name, cases]) =>
    cases.map((one) => [[name, ...one.args].join(' '), name, one] as const),
  );
  it.each(all)(
    'of %s changes nothing, and ends as the real run',
    async (_line, name, { before = [], args, exit = 0, real = exit, says, alone }) => {
      await using world = await openWorld();
      for (const line of before) expect((await world.run(line)).exit, line.join(' ')).toBe(0);
      const [files, asked] = [world.files(), world.sandbox.log.length];
      const line = [...name.split(' '), ...args];
      const dry = await world.run([...line, '--dry-run', '--no-input']);
      const json = await world.run([...line, '--dry-run', '--json']);
      expect([dry.exit, json.exit], dry.stderr).toEqual([exit, exit]);
      if (says !== undefined) expect(dry.stdout).toMatch(says);
      else expect(dry.stdout).toBe('');
      for (const text of json.stdout.split('\n').slice(0, -1)) expect(JSON.parse(text)).toMatchObject({ dryRun: true });
      const actions = world.sandbox.log.slice(asked).map(({ action }) => action);
      expect(actions.filter((action) => name === 'create' || !/^(Describe|Get)/.test(action))).toEqual([]);
      expect(world.files()).toEqual(files);
      if (alone === undefined) expect((await world.run([...line, '--yes'])).exit).toBe(real);
    },
  );
});
