import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CommandSpec, GLOBAL_FLAGS, type OptionSpec } from '../../../src/cli/spec.ts';
import { COMMANDS } from '../../../src/commands/index.ts';
import { schemaFiles } from '../../../scripts/schemas.ts';
import { runInside } from '../../support/inside.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const SCHEMAS = path.resolve(import.meta.dirname, '../../../docs/schemas');

interface Help {
  readonly name: string;
  readonly commands?: readonly Help[];
  readonly changes?: readonly string[];
  readonly flags?: readonly Flag[];
  readonly globalFlags?: readonly Flag[];
  readonly exitCodes?: readonly { readonly exit: number | null; readonly code: string | null }[];
  readonly result?: { readonly output: string; readonly schema: object };
}

type Flag = Readonly<Record<'name' | 'short' | 'value' | 'default' | 'variable', string | null>> & {
  readonly repeatable: boolean;
  readonly values: readonly string[] | null;
};

const home = temporaryDirectory();

async function helpOf(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Help> {
  const { exit, stdout, stderr } = await runInside(words, { home, env });
  expect([exit, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Help;
}

const all = await helpOf(['--help', '--json']);

function below({ commands = [] }: Help): readonly Help[] {
  return commands.flatMap((one) => (one.commands === undefined ? [one] : below(one)));
}

function specsBelow(specs: readonly CommandSpec[]): readonly CommandSpec[] {
  return specs.flatMap((spec) => (spec.commands === undefined ? [spec] : specsBelow(spec.commands)));
}

describe('--help --json', () => {
  it('of the program has every command, and each says the same of itself', async () => {
    expect(all.commands?.map(({ name }) => name)).toEqual(COMMANDS.map(({ name }) => `keypair ${name}`));
    const commands = [...(all.commands ?? []), ...below(all)];
    for (const one of commands) {
      const own = await helpOf([...one.name.split(' ').slice(1), '--help', '--json']);
      expect(own).toEqual({ ...one, globalFlags: all.globalFlags });
    }
    expect(below(all).length).toBeGreaterThan(40);
  });

  it('comes by the word help, by KEYPAIR_JSON and before the command, too', async () => {
    const own = await helpOf(['create', '--json', '--help']);
    expect(own).toMatchObject({ name: 'keypair create', changes: ['the cloud', 'this machine'] });
    expect(await helpOf(['help', 'create', '--json'])).toEqual(own);
    expect(await helpOf(['create', '--help'], { KEYPAIR_JSON: '1' })).toEqual(own);
    expect(await helpOf(['-p', 'aliyun', '--help', '--json', 'create', '--name', 'foo'])).toEqual(own);
    expect(await helpOf(['auth', 'login', '--help', '--json'])).toMatchObject({ name: 'keypair auth login' });
  });

  it('is no answer to a command that does not exist', async () => {
    const { exit, stdout, stderr } = await runInside(['crate', '--help', '--json'], { home });
    expect([exit, stdout]).toEqual([2, '']);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'USAGE', hints: ['did you mean create?', 'see keypair --help'] },
    });
  });

  it('tells of each flag what it takes', async () => {
    const { flags = [], globalFlags = [] } = await helpOf(['create', '--help', '--json']);
    const flag = (name: string): unknown => [...flags, ...globalFlags].find((one) => one.name === name);
    expect(flag('--name')).toMatchObject({ short: '-n', value: 'name', repeatable: true, variable: null });
    expect(flag('--key-dir')).toMatchObject({ value: 'dir', default: '~/.ssh', variable: 'KEYPAIR_KEY_DIR' });
    expect(flag('--agent')).toMatchObject({ value: 'lifetime', valueOptional: true, default: null });
    expect(flag('--type')).toMatchObject({ values: expect.arrayContaining(['rsa-4096', 'ecdsa-256']) as unknown });
    expect(flag('--local')).toMatchObject({ value: null, values: null, repeatable: false });
    expect(flag('--timeout')).toMatchObject({ default: '30', variable: 'KEYPAIR_TIMEOUT' });
    expect(flag('--no-input')).toMatchObject({ value: null, variable: 'KEYPAIR_NO_INPUT' });
  });

  it('has a default wherever the summary has one that the flag takes', async () => {
    const specs = specsBelow(await Promise.all(COMMANDS.map(({ load }) => load())));
    const options: readonly OptionSpec[] = [...GLOBAL_FLAGS, ...specs.flatMap((spec) => spec.options ?? [])];
    for (const { flags, summary, default: standard } of options) {
      const [, told] = /\bdefault: ([^\s;,)]+)[;,)]/.exec(summary) ?? [];
      expect(standard, `${flags}: ${summary}`).toBe(told);
    }
  });

  it('names the exit codes, those of ssh among them', async () => {
    const exits = async (...words: readonly string[]): Promise<unknown> =>
      (await helpOf([...words, '--help', '--json'])).exitCodes?.map(({ exit, code }) => [exit, code]);
    expect(await exits('create')).toEqual([
      [0, null],
      [1, 'FAILURE'],
      [2, 'USAGE'],
      [3, 'NOT_FOUND'],
      [4, 'AUTH'],
      [5, 'CONFLICT'],
      [6, 'UNAVAILABLE'],
      [7, 'PARTIAL'],
      [130, 'CANCELLED'],
    ]);
    expect(await exits('config', 'path')).toEqual([
      [0, null],
      [1, 'FAILURE'],
      [2, 'USAGE'],
      [130, 'CANCELLED'],
    ]);
    expect(await exits('ssh')).toContainEqual([null, null]);
  });
});

describe('docs/schemas', () => {
  it('are committed as the commands make them', async () => {
    const made = await schemaFiles();
    expect(readdirSync(SCHEMAS).sort()).toEqual([...made.keys()].sort());
    for (const [name, text] of made)
      expect(readFileSync(path.join(SCHEMAS, name), 'utf8'), 'npm run generate').toBe(text);
  });
});
