import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/index.ts';
import { run, type Run } from '../support/program.ts';
import { expectAsDocumented } from '../support/schemas.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const KEY =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDP0Yw2T4itUKOJQIK69c1Asy1UO88cxEbujR5Jbr0e/Ey1v4ZKAUzDnsBnFlf4hKPA1YvMB8RBYj4GcLtM7PrKnBNNram8rgl73X/klOO8oqKv+J/XUA7KHH1Y6wcn1RTRTMdDHbGhW1q/UpfeylNTbf+wEIWhEfaL5FKQm4hqCw== me\n';

/** One line of the matrix: what is done before, and the command. */
interface Case {
  readonly title: string;
  readonly before: readonly (readonly string[])[];
  readonly args: readonly string[];
  /** How the JSON comes: one object, one a line, or one array. */
  readonly json: 'object' | 'lines' | 'array';
}

const TENCENT = ['--sandbox', '-p', 'tencent'];
const MADE = ['create', ...TENCENT, '-q', '--name', 'foo'];
const CONFIGURED = ['config', 'set', 'region', 'ap-beijing'];
const ATTACHED = ['attach', 'foo', 'ins-sandbox3', ...TENCENT, '-y', '--wait', '-q'];
const OPEN = ['attach', 'foo', 'web-1', ...TENCENT, '-y', '--force-stop', '--wait', '-q'];

const PUT_ASIDE = ['delete', ...TENCENT, 'foo', '-y', '--local-files', '-q'];

const CASES: readonly Case[] = [
  { title: 'create', before: [], args: ['create', ...TENCENT, '--name', 'new'], json: 'object' },
  { title: 'create', before: [], args: ['create', ...TENCENT, '--name', 'a1', 'b2'], json: 'lines' },
  { title: 'create', before: [], args: ['create', ...TENCENT, '--local', '--name', 'new'], json: 'object' },
  { title: 'create', before: [], args: ['create', ...TENCENT, '--name', 'new', '--dry-run'], json: 'object' },
  { title: 'ensure', before: [MADE], args: ['ensure', ...TENCENT, '--name', 'foo'], json: 'object' },
  { title: 'import', before: [], args: ['import', ...TENCENT, '--name', 'mine', 'key.pub'], json: 'object' },
  { title: 'list', before: [MADE], args: ['list', ...TENCENT], json: 'array' },
  { title: 'instances', before: [MADE, ATTACHED], args: ['instances', ...TENCENT], json: 'array' },
  { title: 'ssh', before: [MADE, OPEN], args: ['ssh', 'web-1', ...TENCENT, '--print'], json: 'object' },
  { title: 'ssh-config', before: [MADE, OPEN], args: ['ssh-config', 'print', ...TENCENT], json: 'array' },
  { title: 'ssh-config', before: [], args: ['ssh-config', 'remove', '-y'], json: 'object' },
  { title: 'show', before: [MADE], args: ['show', ...TENCENT, 'foo'], json: 'object' },
  { title: 'update', before: [MADE], args: ['update', ...TENCENT, 'foo', '--rename', 'bar'], json: 'object' },
  {
    title: 'attach',
    before: [MADE],
    args: ['attach', ...TENCENT, 'foo', 'ins-sandbox3', '-y'],
    json: 'lines',
  },
  {
    title: 'detach',
    before: [MADE, ATTACHED],
    args: ['detach', ...TENCENT, 'foo', 'ins-sandbox3', '-y'],
    json: 'lines',
  },
  { title: 'authorize', before: [MADE], args: ['authorize', ...TENCENT, 'foo', 'web-1', '--dry-run'], json: 'lines' },
  { title: 'revoke', before: [MADE], args: ['revoke', ...TENCENT, 'foo', 'web-1', '--dry-run'], json: 'lines' },
  { title: 'rotate', before: [MADE, OPEN], args: ['rotate', ...TENCENT, 'foo', '--dry-run'], json: 'lines' },
  { title: 'delete', before: [MADE], args: ['delete', ...TENCENT, 'foo', '-y'], json: 'lines' },
  { title: 'fingerprint', before: [], args: ['fingerprint', 'key.pub'], json: 'object' },
  { title: 'export', before: [MADE], args: ['export', 'foo', '--format', 'ppk', '-y'], json: 'object' },
  { title: 'passphrase', before: [MADE], args: ['passphrase', 'foo', '--dry-run'], json: 'object' },
  { title: 'agent', before: [MADE], args: ['agent', 'add', 'foo', '--dry-run'], json: 'lines' },
  { title: 'regions', before: [], args: ['regions'], json: 'array' },
  { title: 'providers', before: [], args: ['providers'], json: 'array' },
  { title: 'config', before: [], args: ['config', 'list'], json: 'array' },
  { title: 'config', before: [], args: ['config', 'path'], json: 'object' },
  { title: 'config', before: [], args: ['config', 'set', 'region', 'ap-beijing'], json: 'object' },
  { title: 'config', before: [CONFIGURED], args: ['config', 'get', 'region'], json: 'object' },
  { title: 'config', before: [CONFIGURED], args: ['config', 'unset', 'region'], json: 'object' },
  { title: 'auth', before: [], args: ['auth', 'status', ...TENCENT], json: 'array' },
  { title: 'doctor', before: [MADE], args: ['doctor', ...TENCENT], json: 'object' },
  { title: 'trash', before: [MADE, PUT_ASIDE], args: ['trash', 'list'], json: 'array' },
  { title: 'trash', before: [MADE, PUT_ASIDE], args: ['trash', 'restore', 'foo'], json: 'lines' },
  { title: 'trash', before: [MADE, PUT_ASIDE], args: ['trash', 'empty', '-y'], json: 'object' },
  { title: 'sandbox', before: [], args: ['sandbox', 'status'], json: 'object' },
  { title: 'sandbox', before: [], args: ['sandbox', 'reset'], json: 'object' },
  { title: 'completion', before: [], args: ['completion', 'bash'], json: 'object' },
];

async function prepared(before: Case['before']): Promise<string> {
  const home = temporaryDirectory();
  writeFileSync(path.join(home, 'key.pub'), KEY);
  for (const args of before) {
    const done = await run(args, { home });
    expect(done.exit, done.stderr).toBe(0);
  }
  return home;
}

const ESCAPE = /\u001b/;

describe('every command, in every way of asking', () => {
  it('is in the matrix', () => {
    expect([...new Set(CASES.map(({ title }) => title))].sort()).toEqual(COMMANDS.map(({ name }) => name).sort());
  });

  it.each(CASES)('$args: words for people, without escape codes behind a pipe', async ({ before, args }) => {
    const { exit, stdout, stderr } = await run(args, { home: await prepared(before) });
    expect(exit, stderr).toBe(0);
    expect(stdout).toMatch(/^[^\n].*\n$/s);
    expect(stdout + stderr).not.toMatch(ESCAPE);
    expect(() => JSON.parse(stdout) as unknown).toThrow();
  });

  it.each(CASES)(
    '$args --json: JSON on stdout as documented, and silence on stderr',
    async ({ before, args, json }) => {
      const done = await run([...args, '--json'], { home: await prepared(before) });
      const { exit, stdout, stderr } = done;
      expect(stderr).toBe('');
      expect(exit).toBe(0);
      await expectAsDocumented(args, done);
      const lines = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
      if (json !== 'lines') expect(lines).toHaveLength(1);
      expect(Array.isArray(lines[0])).toBe(json === 'array');
      expect(stdout).not.toContain('PRIVATE KEY');
    },
  );

  it.each(CASES)('$args --quiet: values and nothing else', async ({ before, args }) => {
    const { exit, stdout, stderr } = await run([...args, '--quiet'], { home: await prepared(before) });
    expect(exit, stderr).toBe(0);
    // What a command does to running servers is said even so.
    expect(stderr).toMatch(/^(keypair: warning: .*\n)*$/);
    if (args[0] !== 'completion')
      for (const line of stdout.trimEnd().split('\n')) expect(line).not.toMatch(/\s{2,}|: /);
  });

  it.each(CASES)('$args without a word: says what is missing and never waits', async ({ args }) => {
    const [command = '', child] = args;
    const children: Readonly<Record<string, string | undefined>> = {
      agent: 'add',
      auth: 'login',
      config: child,
      sandbox: child,
      'ssh-config': child,
      trash: child,
      completion: child,
    };
    const words = [command, ...(children[command] === undefined ? [] : [children[command]])];
    const home = temporaryDirectory();
    const bare: Run = await run(words, { home });
    const alone =
      ['regions', 'providers', 'doctor', 'sandbox', 'completion'].includes(command) ||
      (command === 'config' && ['list', 'path'].includes(child ?? '')) ||
      // There is nothing to ask about.
      (command === 'trash' && child !== 'restore') ||
      (command === 'ssh-config' && child === 'remove');
    if (alone) expect(bare.exit).toBe(0);
    else {
      expect(bare.exit).toBe(2);
      expect(bare.stderr).toMatch(/^keypair: error: missing/);
    }
  });
});
