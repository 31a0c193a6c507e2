import type { GlobalFlags } from '../settings.ts';

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
  /** The word before the cursor. */
  readonly last: string;
}

/** Reads the words before the one that is being typed, without the program's name: the last flag of a kind counts. */
export function readLine(words: readonly string[]): Line {
  const flags: Record<string, string | boolean> = {};
  const rest = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  for (const [index, word] of rest.entries()) {
    const [, long, glued = ''] = /^(--[a-z]+)=(.*)$/s.exec(word) ?? /^(-[pr])(.+)$/s.exec(word) ?? [];
    const name = NAMES.get(long ?? word);
    if (word === '--sandbox') flags['sandbox'] = true;
    else if (name !== undefined) flags[name] = long === undefined ? (rest[index + 1] ?? '') : glued;
  }
  return { flags, last: words.at(-1) ?? '' };
}
