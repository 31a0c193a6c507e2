import { locale, t } from '../i18n/t.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The longest unit first; months and years have their mean length in the Gregorian calendar. */
const UNITS = [
  ['year', 365.2425 * DAY],
  ['month', 30.436875 * DAY],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
] as const;

/** As {@link relativeTime}, for use within a sentence: `a moment ago`. */
export function agoText(iso: string, now: Date): string {
  const ago = relativeTime(iso, now);
  return ago === t`just now` ? t`a moment ago` : ago;
}

/**
 * A time relative to now, for people: `3 minutes ago`, `yesterday`, `in 2 days`, `1 year ago`, rounded down to whole
 * units. Less than a minute in either direction is `just now`: clocks differ, and some services omit the seconds.
 *
 * @param iso ISO 8601; an invalid time is returned unchanged.
 */
export function relativeTime(iso: string, now: Date): string {
  const distance = Date.parse(iso) - now.getTime();
  if (Number.isNaN(distance)) return iso;
  const unit = UNITS.find(([, length]) => Math.abs(distance) >= length);
  if (unit === undefined) return t`just now`;
  const [name, length] = unit;
  // `last month` and `last year` do not mean a month or a year ago; `yesterday` means a day ago.
  const numeric = name === 'day' ? 'auto' : 'always';
  const words = new Intl.RelativeTimeFormat(locale(), { numeric }).format(Math.trunc(distance / length), name);
  // Intl writes `3分钟前`; this program's texts put a space there.
  return words.replace(/(?<=\d)(?=\p{Script=Han})/u, ' ');
}
