/** The texts of one language: the English text, with `{0}`, `{1}`, … for values, and its translation. */
type Catalog = Readonly<Record<string, string>>;

/** A value in a text. */
export type Value = string | number;

/** English texts are in the source and need no catalog. */
let catalog: Catalog = {};
let tag = 'en';

/**
 * Sets the catalog of all later texts. A text that it lacks stays English. Call it once, before any output.
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
 * A text for people, in their language: t`${file} already exists`. The English text is the key in the catalog (`{0}
 * already exists`), as in gettext, so that the source stays readable.
 *
 * Never for output that scripts read: JSON, codes, names of commands and flags.
 */
export function t(texts: TemplateStringsArray, ...values: readonly Value[]): string {
  const key = texts.reduce((before, text, index) => `${before}{${index - 1}}${text}`);
  const words = catalog[key];
  return words === undefined ? String.raw({ raw: texts }, ...values) : interpolate(words, values);
}

/** The English of a text without values that `t` returned, for data in a pipe, which is English in every language. */
export function inEnglish(text: string): string {
  return Object.entries(catalog).find(([, words]) => words === text)?.[0] ?? text;
}

/** What needs no blank beside a Han character: another Han character, full-width punctuation, or nothing. */
const CLOSE = String.raw`\p{Script=Han}\u3000-\u303f\uff01-\uff60“”‘’`;

/**
 * Replaces `{0}`, `{1}`, … in a translation by values. The Chinese catalog has a blank between a Han character and a
 * value, as between Han and Latin text. The blank is removed if the value is Chinese or empty, or begins or ends with
 * full-width punctuation.
 */
export function interpolate(words: string, values: readonly Value[]): string {
  // Made here: English never needs them, and they take a millisecond.
  const endsClose = new RegExp(`(?:^|[${CLOSE}])$`, 'u');
  const beginsClose = new RegExp(`^(?:$|[${CLOSE}])`, 'u');
  return words.replace(/( ?)\{(\d+)\}( ?)/g, (all, before: string, index: string, after: string, at: number) => {
    const value = String(values[Number(index)] ?? '');
    const left = endsClose.test(words.slice(0, at)) && beginsClose.test(value) ? '' : before;
    const right = beginsClose.test(words.slice(at + all.length)) && endsClose.test(value) ? '' : after;
    return left + value + right;
  });
}

/** A list for people: `a, b, c`. */
export function joinList(things: readonly (string | number)[]): string {
  return things.join(t`, `);
}

/** Facts about one thing, joined: `tencent, ap-guangzhou`. */
export function formatFacts(facts: readonly string[]): string {
  return facts.length === 0 ? '' : facts.reduce((before, fact) => t`${before}, ${fact}`);
}

/** Sentences, or items that may contain commas, on one line: `a; b`. */
export function joinSentences(parts: readonly string[]): string {
  return parts.join(t`; `);
}

/** A thing with a note that identifies it: `foo (skey-1)`. Without a note, only the thing. */
export function withNote(thing: string, note: string | null): string {
  return note === null || note === '' ? thing : t`${thing} (${note})`;
}

/** A statement about a thing, after its name: `~/.tccli: it is empty`. */
export function withLabel(thing: string, says: string): string {
  return t`${thing}: ${says}`;
}
