/** Something that a shell offers. */
export interface Offered {
  readonly value: string;
  /** A few words beside it; empty for none. */
  readonly about: string;
}

/** Most lines that a shell is given: more than anybody reads, and as much as the slowest of them takes at once. */
const MOST = 5000;

/**
 * What every shell takes for one word, quoted or not. Names are a server's words: no blank, no quotation mark, nothing
 * that a shell, a terminal or the reader of this output gives a meaning.
 */
const WORD = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}._:+-]{0,127}$/u;

/** Likewise, for what stands beside a word. */
const WORDS = /^[\p{L}\p{N}\p{M} ._:,+-]{1,200}$/u;

/**
 * Offers as the script of a shell reads them, a line each, each value once. Bash is given only those that begin with what
 * was typed, and no words beside them; the others match in their own ways.
 *
 * @param shell one of those that there are scripts for; nothing is written for another.
 */
export function written(shell: string, current: string, offers: readonly Offered[]): string {
  const form = FORMS[shell as keyof typeof FORMS] as Form | undefined;
  if (form === undefined || !Object.hasOwn(FORMS, shell)) return '';
  const lines = new Map<string, string>();
  for (const { value, about } of offers) {
    if (lines.size === MOST) break;
    if (shell === 'bash' && !value.startsWith(current)) continue;
    if (lines.has(value) || !WORD.test(value)) continue;
    lines.set(value, `${form(value, WORDS.test(about) ? about : '')}\n`);
  }
  return [...lines.values()].join('');
}

type Form = (value: string, about: string) => string;

const FORMS = {
  bash: (value) => value,
  // As _describe takes it.
  zsh: (value, about) => `${value.replaceAll(':', '\\:')}${about === '' ? '' : `:${about}`}`,
  fish: (value, about) => `${value}\t${about}`,
  powershell: (value, about) => `${value}|${about}`,
} as const satisfies Readonly<Record<string, Form>>;
