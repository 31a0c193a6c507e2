import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Example } from '../../../src/cli/spec.ts';
import { COMMANDS } from '../../../src/commands/index.ts';
import type { Context } from '../../../src/context.ts';
import { displayWidth } from '../../../src/ui/width.ts';

/** What `--help` of a command says on a terminal of so many columns. */
async function help(command: string, columns: number): Promise<string> {
  let text = '';
  const stdout = { columns, write: (piece: string) => (text += piece) !== '' };
  const { run } = await import('../../../src/program.ts');
  // Help looks at nothing else of the world.
  await run({ stdout, env: {}, version: '0.0.0' } as unknown as Context, [command, '--help']);
  return text;
}

/** All lines but those that are copied, which nobody may break: how to call it, and the examples. */
function prose(text: string, examples: readonly Example[]): readonly string[] {
  const copied = new Set(examples.map(({ line }) => `  ${line}`));
  return text.split('\n').filter((line) => !copied.has(line) && !line.startsWith('  keypair '));
}

describe.each(['en', 'zh-CN'] as const)('help in %s', (language) => {
  // As main has it: the language first, then the program, whose texts are made as it is loaded.
  beforeAll(async () => {
    vi.resetModules();
    const { useLanguage } = await import('../../../src/i18n/language.ts');
    await useLanguage(language);
  });
  afterAll(() => {
    vi.resetModules();
  });

  it.each(COMMANDS)('of $name fits a terminal of 40, 80 or 200 columns', async ({ name, load }) => {
    const { examples } = await load();
    for (const columns of [40, 80, 200]) {
      const lines = prose(await help(name, columns), examples);
      expect(lines.length).toBeGreaterThan(10);
      expect(lines.filter((line) => displayWidth(line) > Math.min(columns, 100))).toEqual([]);
    }
  });

  it('has its texts in one column', async () => {
    const lines = (await help('create', 80)).split('\n').filter((line) => /^ {2}-.* {2}/.test(line));
    const columns = lines.map((line) => displayWidth(/^ {2}\S.*? {2,}/.exec(line)?.[0] ?? ''));
    expect(lines.length).toBeGreaterThan(10);
    expect(new Set(columns).size).toBe(1);
  });
});
