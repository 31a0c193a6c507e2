import type { GlobalFlags } from '../cli/settings.ts';

/** The global flags that say which key pairs are meant, by all their names. */
const NAMES: ReadonlyMap<string, keyof GlobalFlags> = new Map([
  ['-p', 'provider'],
  ['--provider', 'provider'],
  ['-r', 'region'],
  ['--region', 'region'],
  ['--profile', 'profile'],
  ['--site', 'site'],
  ['--endpoint', 'endpoint'],
]);

/** A command line under way, as far as completions read it without the parser. */
export interface Line {
  readonly flags: GlobalFlags;
  /** The commands and arguments, without the flags and their values. */
  readonly plain: readonly string[];
  /** The word before the cursor. */
  readonly last: string;
}

/** The other flags with a value that may stand before an argument which is asked for here (`attach`, `detach`). */
const OTHERS: ReadonlySet<string> = new Set(['--timeout', '--lang', '--user', '--api-version']);

/** Reads the words before the one that is being typed, without the program's name: the last flag of a kind counts. */
export function readLine(words: readonly string[]): Line {
  const flags: Record<string, string | boolean> = {};
  const plain: string[] = [];
  const rest = words.values();
  for (const word of rest) {
    const [, long, glued = ''] = /^(--[a-z]+)=(.*)$/s.exec(word) ?? /^(-[pr])(.+)$/s.exec(word) ?? [];
    const name = NAMES.get(long ?? word);
    if (word === '--') plain.push(...rest);
    else if (word === '--sandbox') flags['sandbox'] = true;
    else if (name !== undefined) flags[name] = long === undefined ? (rest.next().value ?? '') : glued;
    else if (OTHERS.has(word)) rest.next();
    else if (!word.startsWith('-')) plain.push(word);
  }
  return { flags, plain, last: words.at(-1) ?? '' };
}
