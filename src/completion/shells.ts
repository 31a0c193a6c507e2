import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { powershellScript } from './powershell.ts';
import type { Tree } from './tree.ts';
import { zshScript } from './zsh.ts';

/** The shells that completions are made for, by the name that `keypair completion` takes. */
export const SHELLS = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
} as const satisfies Readonly<Record<string, (tree: Tree) => string>>;

/** A shell that completions are made for. */
export type Shell = keyof typeof SHELLS;
