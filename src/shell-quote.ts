/**
 * A path as a word of a command that people copy: quoted where a shell would need it, and safe to print. A `~/` stays
 * outside the quotes, within which it would not be the home directory.
 */
export function shellWord(file: string): string {
  const shown = file.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
  if (/^[\w~./:@%+-]+$/.test(shown)) return shown;
  const home = shown.startsWith('~/') ? '~/' : '';
  return `${home}'${shown.slice(home.length).replaceAll("'", String.raw`'\''`)}'`;
}
