/** What people read in one language: the English text with `{0}`, `{1}`, … for what is put in, and its translation. */
export type Catalog = ReadonlyMap<string, string>;

/** Some texts of a {@link Catalog}: English, translation. */
export type Entries = readonly (readonly [english: string, translation: string])[];

/** What may be put into a text. */
export type Value = string | number;

/** Puts values into a translation in the place of its `{0}`, `{1}`, …, as the language is written. */
export type Fill = (words: string, values: readonly Value[]) => string;

/** English is what the source says: it needs no catalog. */
let catalog: Catalog = new Map();
let tag = 'en';
let fill: Fill = asTheyAre;

/**
 * From now on texts are those of this catalog; what it lacks stays English. Called once, before anything is said.
 *
 * @param locale its language (BCP 47), for numbers and times.
 */
export function speak(words: Catalog, locale = 'en', filling: Fill = asTheyAre): void {
  catalog = words;
  tag = locale;
  fill = filling;
}

/** The language that is spoken (BCP 47), for `Intl`. */
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
  const words = catalog.get(key);
  if (words === undefined) return String.raw({ raw: texts }, ...values);
  return fill(words, values);
}

function asTheyAre(words: string, values: readonly Value[]): string {
  return words.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)] ?? ''));
}

/** A text that stands in data (a flag's summary, a provider's rule) and is shown as a whole, in the user's language. */
export function translated(text: string): string {
  return catalog.get(text) ?? text;
}
