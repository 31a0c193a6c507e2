import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { sha256Fingerprint } from '../../src/keys/fingerprint.ts';
import { parsePrivateKey } from '../../src/keys/private-key.ts';
import type { SandboxOptions } from '../../sandbox/server.ts';
import { ended, type Run, start } from '../support/program.ts';
import { serveSandbox, type Served } from '../support/served.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

interface PairJson {
  readonly name: string;
  readonly fingerprints: { readonly sha256: string };
  readonly privateKeyPath: string;
}

function names(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

/** The pairs of the JSON lines, each of which has to be whole. */
function pairsIn(stdout: string): readonly PairJson[] {
  if (stdout === '') return [];
  expect(stdout.endsWith('\n')).toBe(true);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as PairJson);
}

/** Whether the private key that a line tells of stands where it says, and is the one. */
function isSafe({ privateKeyPath, fingerprints }: PairJson): boolean {
  const { publicKey } = parsePrivateKey(new Secret(readFileSync(privateKeyPath, 'utf8')));
  return modeOf(privateKeyPath) === 0o600 && sha256Fingerprint(publicKey) === fingerprints.sha256;
}

const TENCENT = ['create', '-p', 'tencent'];

describe('create of many', () => {
  let home: string;
  let served: Served;
  let onCreate: () => void = () => undefined;
  const serve = async (behaviour: NonNullable<SandboxOptions['behaviour']> = {}): Promise<void> => {
    served = await serveSandbox({
      behaviour,
      onRequest: ({ action }) => {
        if (action === 'CreateKeyPair') onCreate();
      },
    });
  };
  beforeEach(() => {
    home = temporaryDirectory();
    onCreate = () => undefined;
  });
  afterEach(() => served.close());

  const ssh = (): readonly string[] => readdirSync(path.join(home, '.ssh')).sort();
  const creates = (): number => served.sandbox.log.filter(({ action }) => action === 'CreateKeyPair').length;

  it('loses none of 60 at the limit of 10 a second, with another process beside it', async () => {
    await serve({ quota: { cvm: 200, lighthouse: 200, ecs: 200, swas: 200 } });
    const from = Date.now();
    const runs = await Promise.all(
      ['a', 'b'].map(async (prefix) => {
        const place = temporaryDirectory();
        const args = [...TENCENT, '--name', '-', '--json'];
        const done = await served.run(args, { home: place, input: names(prefix, 60).join('\n') });
        return { ...done, place };
      }),
    );
    const seconds = (Date.now() - from) / 1000;
    for (const { exit, stdout, stderr, place } of runs) {
      expect(stderr).toBe('');
      expect(exit).toBe(0);
      const pairs = pairsIn(stdout);
      expect(new Set(pairs.map(({ name }) => name)).size).toBe(60);
      expect(pairs.filter((pair) => !isSafe(pair))).toEqual([]);
      expect(readdirSync(path.join(place, '.ssh'))).toHaveLength(120);
      expect(readdirSync(path.join(place, '.local/state/keypair/journal'))).toEqual([]);
    }
    // Twelve seconds is what the limit itself takes.
    expect(seconds).toBeGreaterThan(10);
    expect(seconds).toBeLessThan(24);
  }, 60_000);

  describe('with names on stdin', () => {
    beforeEach(() => serve());
    const create = (input: string, ...args: string[]): Promise<Run> =>
      served.run([...TENCENT, ...args], { home, input });

    it('passes over blank lines, and takes each name once', async () => {
      const { exit, stdout } = await create('a1\r\n\n  b2  \na1\nc3', '--name', 'c3', '-', '-q');
      expect(exit).toBe(0);
      const files = ['a1', 'b2', 'c3'].map((name) => path.join(home, '.ssh', name));
      expect(stdout.trimEnd().split('\n').sort()).toEqual(files);
      expect(creates()).toBe(3);
    });

    it('says that a name came again', async () => {
      const { stderr } = await create('a1\na1\na1\n', '--name', '-');
      expect(stderr).toContain('2 duplicate names ignored');
    });

    it.each([
      ['no name', '\n \n', 'no name on stdin'],
      ['a bad name', 'good\nmy-key\n', '--name my_key'],
      ['a name with an escape code', 'good\n\u001b[31mred\n', String.raw`\u001b[31mred`],
      ['several names for one file', 'a1\nb2\n', 'several names', '--output', 'x'],
      ['too much', 'a1\n'.repeat(400_000), 'too long'],
    ])('refuses %s before it calls', async (_what, input, words, ...args) => {
      const { exit, stdout, stderr } = await create(input, '--name', '-', ...args);
      expect(exit).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toContain(words);
      expect(stderr).not.toContain('\u001b');
      expect(served.sandbox.log).toEqual([]);
    });

    it('names a missing provider without waiting for stdin', async () => {
      const { exit, stderr } = await served.run(['create', '--name', '-'], { home });
      expect(exit).toBe(2);
      expect(stderr).toContain('missing: --provider');
    });
  });

  it('leaves stdin alone without -', async () => {
    await serve();
    // Stdin is an open pipe that never says anything.
    const { exit } = await served.run([...TENCENT, '--name', 'a1', 'b2', '-q'], { home });
    expect(exit).toBe(0);
  });

  it('tells of each failure, and goes on', async () => {
    await serve({ requestsPerSecond: null });
    served.sandbox.seed({
      service: 'cvm',
      region: 'ap-guangzhou',
      count: 3,
      name: (index) => `n${index + 1}`,
    });
    const { exit, stdout, stderr } = await served.run([...TENCENT, '--name', ...names('n', 9), '--json'], {
      home,
    });
    expect(exit).toBe(5);
    expect(
      pairsIn(stdout)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['n4', 'n5', 'n6', 'n7', 'n8', 'n9']);
    const errors = stderr.trimEnd().split('\n');
    expect(errors.map((line) => (JSON.parse(line) as { error: { code: string } }).error.code)).toEqual(
      Array(3).fill('CONFLICT'),
    );
    expect(ssh()).toHaveLength(12);
  });

  it('begins no more with bad credentials, and says which were not begun', async () => {
    await serve();
    const env = { TENCENTCLOUD_SECRET_KEY: 'wrong' };
    const { exit, stdout, stderr } = await served.run([...TENCENT, '--name', ...names('n', 30)], {
      home,
      env,
    });
    expect(exit).toBe(4);
    expect(stdout).toBe('');
    expect(stderr.match(/SignatureFailure/g)).toHaveLength(1);
    expect(stderr).toContain('29 of 30 were not begun');
    expect(stderr).toMatch(/not begun: .*\bn30\b/);
    expect(creates()).toBeLessThanOrEqual(21);
    expect(ssh()).toEqual([]);
  });

  describe('after Ctrl-C', () => {
    const COUNT = 60;

    it.each(['json', 'text'])('finishes those under way and tells of the rest: %s', async (form) => {
      await serve();
      const args = [...TENCENT, '--name', ...names('n', COUNT), ...(form === 'json' ? ['--json'] : [])];
      const child = start(args, { home, env: served.env });
      let seen = 0;
      onCreate = () => {
        seen += 1;
        if (seen === 5) child.kill('SIGINT');
      };
      const { exit, stdout, stderr } = await ended(child);
      expect(exit).toBe(130);
      const made = creates();
      expect(made).toBeGreaterThanOrEqual(5);
      // No more than the workers had in hand.
      expect(made).toBeLessThan(COUNT / 2);
      expect(ssh()).toHaveLength(2 * made);
      expect(ssh().filter((name) => name.startsWith('.'))).toEqual([]);
      if (form === 'json') {
        const pairs = pairsIn(stdout);
        expect(pairs).toHaveLength(made);
        expect(pairs.every(isSafe)).toBe(true);
        expect(JSON.parse(stderr)).toMatchObject({
          error: { code: 'CANCELLED', message: `cancelled: ${COUNT - made} of ${COUNT} were not begun` },
        });
      } else {
        expect(stdout.match(/SHA256:/g)).toHaveLength(made);
        // Not at all where those in hand had ended before the signal was seen.
        expect((stderr.match(/waiting until/g) ?? []).length).toBeLessThan(2);
        const rest = /not begun: (.*)/.exec(stderr)?.[1]?.split(' ') ?? [];
        expect(rest).toHaveLength(COUNT - made);
        expect(rest.filter((name) => existsSync(path.join(home, '.ssh', name)))).toEqual([]);
      }
    });

    it('ends with 7 when something is in doubt', async () => {
      await serve();
      served.sandbox.fault({ kind: 'drop', when: 'after', action: 'CreateKeyPair' });
      const child = start([...TENCENT, '--name', ...names('n', COUNT)], { home, env: served.env });
      let seen = 0;
      onCreate = () => {
        seen += 1;
        if (seen === 5) child.kill('SIGINT');
      };
      const { exit, stderr } = await ended(child);
      expect(exit).toBe(7);
      expect(stderr).toContain('it may be the requested one');
      expect(stderr).toContain('were not begun');
    });
  });

  it('counts on a terminal, below the results', async () => {
    await serve({ requestsPerSecond: 4 });
    const args = [...TENCENT, '--name', ...names('n', 12)];
    const terminal = keypairOnTerminal(args, { home, env: served.env });
    await terminal.shows(/SHA256[^]*creating 12 key pairs in ap-guangzhou \[[#-]{20}\] \d+\/12 …/);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).not.toContain('creating');
    expect(terminal.raw().match(/SHA256:/g)).toHaveLength(12);
    expect(ssh()).toHaveLength(24);
  });

  it('takes Ctrl-C on a terminal', async () => {
    await serve({ requestsPerSecond: 4 });
    const terminal = keypairOnTerminal([...TENCENT, '--name', ...names('n', 40)], { home, env: served.env });
    await terminal.shows(/\] [1-9]\/40 …/);
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expect(terminal.screen()).toMatch(/\d+ of 40 were not begun/);
    // What was written last may come through the pty after the end.
    await expect.poll(() => 2 * (terminal.raw().match(/SHA256:/g) ?? []).length).toBe(ssh().length);
  });
});
