import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CommandSpec, GLOBAL_FLAGS } from '../../../src/cli/spec.ts';
import { COMMANDS } from '../../../src/commands/index.ts';
import { EXIT_CODES } from '../../../src/errors.ts';
import { manual } from '../../../scripts/man/manual.ts';
import { bold, roff } from '../../../scripts/man/roff.ts';

const COMMITTED = path.resolve(import.meta.dirname, '../../../man/keypair.1');

describe('the manual page', () => {
  it('is committed as the commands make it', async () => {
    expect(readFileSync(COMMITTED, 'utf8'), 'node scripts/manual.js').toBe(await manual());
  });

  it('has every command, flag, example, variable and code', async () => {
    const page = await manual();
    const commands = (await Promise.all(COMMANDS.map(({ load }) => load()))).flatMap((spec) =>
      withChildren(spec, 'keypair'),
    );
    expect(commands.length).toBeGreaterThan(25);
    for (const { name, spec } of commands) {
      expect(page).toContain(`.SS "${roff(name)}"\n`);
      for (const { flags } of spec.options ?? []) expect(page).toContain(`\\fB${roff(longOf(flags))}\\fR`);
      if (spec.commands === undefined)
        for (const { line } of spec.examples) expect(page).toContain(`\n${roff(line)}\n`);
    }
    for (const { flags } of GLOBAL_FLAGS) {
      const long = longOf(flags);
      expect(page).toContain(`\\fB${roff(long)}\\fR`);
      expect(page).toContain(`\\fBKEYPAIR_${long.slice(2).toUpperCase().replaceAll('-', '_')}\\fR`);
    }
    for (const [code, exit] of Object.entries(EXIT_CODES)) expect(page).toContain(`\\fB${exit}\\fR \\fB${code}\\fR`);
  });

  it('begins with the wizard, and has the flags that the parser adds', async () => {
    const page = await manual();
    expect(page).toContain('.nf\n\\fBkeypair\\fR [flags]\n');
    expect(page).toContain('\\fBkeypair help\\fR \\fICOMMAND\\fR\n.fi\n');
    for (const flags of ['-h, --help', '-V, --version'])
      expect(page).toContain(`\n${flags.split(', ').map(bold).join(', ')}\n`);
  });

  it('says each thing once, in sentences', async () => {
    const page = await manual();
    expect(page).toContain('\nlanguage: en or zh\\-CN\n');
    expect(page).toContain('\nwhere it is kept (default: keychain); one of keychain, file\n');
    expect(page).toContain('\n.PP\nTags:\n');
    expect(page).toContain('\nIs this the key that the console shows?\n');
    expect(page).not.toMatch(/\?:$/m);
  });

  it.each([
    ['--name a-b', '\\-\\-name a\\-b'],
    ['.hidden\n.TH x', '\\&.hidden\n\\&.TH x'],
    ["'quoted'", '\\(aqquoted\\(aq'],
    ['a\\fBb', 'a\\efBb'],
    ['~/x^`"', '\\(ti/x\\(ha\\(ga\\(dq'],
    ['AKID…', 'AKID...'],
    ['密𝄞', '\\[u5BC6]\\[u1D11E]'],
  ])('writes %j as %j', (text, escaped) => {
    expect(roff(text)).toBe(escaped);
  });
});

function withChildren(spec: CommandSpec, above: string): { name: string; spec: CommandSpec }[] {
  const name = `${above} ${spec.name}`;
  return [{ name, spec }, ...(spec.commands ?? []).flatMap((child) => withChildren(child, name))];
}

function longOf(flags: string): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? '';
}
