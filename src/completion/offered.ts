/** Something that a shell offers. */
export interface Offered {
  readonly value: string;
  /** A few words beside it, from a server or a file; empty for none. */
  readonly about?: string;
  /** The same, from this program: it may hold any character. */
  readonly summary?: string;
}

/** Most lines that a shell is given: more than anybody reads, and as much as the slowest of them takes at once. */
const MOST = 5000;

/**
 * What every shell takes for one word, quoted or not. Names are a server's words: no blank, no quotation mark, nothing
 * that a shell, a terminal or the reader of this output gives a meaning.
 */
const WORD = /^(?:-[A-Za-z]$|--)?[\p{L}\p{N}_][\p{L}\p{N}\p{M}._:+-]{0,127}$/u;

/** Likewise, for what stands beside a word. */
const WORDS = /^[\p{L}\p{N}\p{M} ._:,+-]{1,200}$/u;

/** What may stand before the value in the same word: a flag, and the list so far. */
const BEFORE = /^(?:--[a-z-]+=|-[A-Za-z])?(?:[a-z0-9-]+,)*$/;

/**
 * Offers as the script of a shell reads them, a line each, each value once. Bash is given only those that begin with what
 * was typed, and no words beside them; the others match in their own ways.
 *
 * @param shell one of those that there are scripts for; nothing is written for another.
 * @param before what stands before each value in the word that is being typed: `--provider=tencent,`.
 * @param typed the rest of that word.
 * @param breaks the characters at which bash breaks words: it replaces only what follows the last of them.
 */
export function written(
  shell: string,
  { before, typed, breaks }: { readonly before: string; readonly typed: string; readonly breaks: string },
  offers: readonly Offered[],
): string {
  if (!isShell(shell) || !BEFORE.test(before)) return '';
  const lines = new Map<string, string>();
  const word = before + typed;
  const kept =
    shell === 'bash'
      ? 1 + Math.max(...['=', ':'].map((c) => (breaks.includes(c) ? word.lastIndexOf(c) : -1)))
      : 0;
  for (const { value, about = '', summary } of offers) {
    if (lines.size === MOST) break;
    if (shell === 'bash' && !value.startsWith(typed)) continue;
    if (lines.has(value) || !WORD.test(value)) continue;
    const beside = summary ?? (WORDS.test(about) ? about : '');
    lines.set(value, `${FORMS[shell](`${before}${value}`.slice(kept), beside)}\n`);
  }
  return [...lines.values()].join('');
}

type Form = (value: string, about: string) => string;

const FORMS = {
  bash: (value) => value,
  // As _describe takes it.
  zsh: (value, about) =>
    value.replaceAll(':', '\\:') + (about === '' ? '' : `:${about.replaceAll('\\', '\\\\')}`),
  fish: (value, about) => `${value}\t${about}`,
  powershell: (value, about) => `${value}|${about}`,
} as const satisfies Readonly<Record<string, Form>>;

function isShell(shell: string): shell is keyof typeof FORMS {
  return Object.hasOwn(FORMS, shell);
}
