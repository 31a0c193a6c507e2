import type { CommandEntry, CommandSpec } from '../../../src/cli/spec.ts';
import { loadTree, type Tree } from '../../../src/completion/tree.ts';
import { descriptors } from '../../../src/providers/registry.ts';

/** Every character that means something to one of the shells; run as a command it would leave a file behind. */
export const NASTY = `it's "a" $(touch gone) \`touch gone\` ‘b’ [c]: 100% \\ | ; & {d,e} ~ # !f`;

const COMMAND: CommandSpec = { name: 'try', summary: NASTY, examples: [] };

/** A program of one command, with a summary that no shell may take for code. */
export function nastyTree(): Promise<Tree> {
  const flags = [{ flags: '--odd <text>', summary: NASTY }];
  return loadTree([entry({ ...COMMAND, options: flags })], flags, descriptors);
}

/** A command list of this one command. */
export function entry(spec: CommandSpec): CommandEntry {
  return { name: spec.name, summary: spec.summary, load: () => Promise.resolve(spec) };
}
