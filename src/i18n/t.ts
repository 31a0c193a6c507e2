/** The texts of one language: the English text with `{0}`, `{1}`, … for what is put in, and its translation. */
type Catalog = Readonly<Record<string, string>>;

/** What may be put into a text. */
export type Value = string | number;

/** English is what the source says: it needs no catalog. */
let catalog: Catalog = {};
let tag = 'en';

/**
 * From now on texts are those of this catalog; what it lacks stays English. Called once, before anything is said.
 *
 * @param locale its language (BCP 47), for numbers and times.
 */
export function setCatalog(words: Catalog, locale = 'en'): void {
  catalog = words;
  tag = locale;
}

/** The language of the texts (BCP 47), for `Intl`. */
export function locale(): string {
  return tag;
}

/**
 * A text that people read, in their language: t`${file} already exists`. Its English is the key of the catalog
 * (`{0} already exists`), as in gettext, so that the source reads as what it says.
 *
 * Never for what scripts read: JSON, codes, names of commands and flags.
 */
export function t(texts: TemplateStringsArray, ...values: readonly Value[]): string {
  const key = texts.reduce((before, text, index) => `${before}{${index - 1}}${text}`);
  const words = catalog[key];
  return words === undefined ? String.raw({ raw: texts }, ...values) : interpolate(words, values);
}

/** The English of a text without values that `t` has made: for data behind a pipe, which is English in every language. */
export function inEnglish(text: string): string {
  return Object.entries(catalog).find(([, words]) => words === text)?.[0] ?? text;
}

/** What is written without a blank beside a Han character: another one, punctuation of full width, or nothing at all. */
const CLOSE = String.raw`\p{Script=Han}\u3000-\u303f\uff01-\uff60“”‘’`;
const ENDS_CLOSE = new RegExp(`(?:^|[${CLOSE}])$`, 'u');
const BEGINS_CLOSE = new RegExp(`^(?:$|[${CLOSE}])`, 'u');

/**
 * Puts values into a translation in the place of its `{0}`, `{1}`, …. The Chinese catalog has a blank between a Han
 * character and a value, as between Han and Latin: it goes where the value turns out to be Chinese, or to begin or end
 * in punctuation of full width, or empty.
 */
export function interpolate(words: string, values: readonly Value[]): string {
  return words.replace(/( ?)\{(\d+)\}( ?)/g, (all, before: string, index: string, after: string, at: number) => {
    const value = String(values[Number(index)] ?? '');
    const left = ENDS_CLOSE.test(words.slice(0, at)) && BEGINS_CLOSE.test(value) ? '' : before;
    const right = BEGINS_CLOSE.test(words.slice(at + all.length)) && ENDS_CLOSE.test(value) ? '' : after;
    return left + value + right;
  });
}

/** Things of one kind in a row, for people: `a, b, c`. */
export function joinList(things: readonly (string | number)[]): string {
  return things.join(t`, `);
}

/** What is said of one thing, one after the other: `tencent, ap-guangzhou`. */
export function formatFacts(facts: readonly string[]): string {
  return facts.length === 0 ? '' : facts.reduce((before, fact) => t`${before}, ${fact}`);
}

/** Sentences, or things that may have commas in them, on one line: `a; b`. */
export function joinSentences(parts: readonly string[]): string {
  return parts.join(t`; `);
}

/** A thing and, after it, what helps to tell it from others: `foo (skey-1)`; null: there is nothing. */
export function withNote(thing: string, note: string | null): string {
  return note === null || note === '' ? thing : t`${thing} (${note})`;
}

/** What is said of a thing, after its name: `~/.tccli: it is empty`. */
export function withLabel(thing: string, says: string): string {
  return t`${thing}: ${says}`;
}
