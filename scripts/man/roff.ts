/**
 * Text as it reads in a manual page (groff_char(7), groff_man_style(7)): a hyphen that can be copied, quotes that stay
 * straight, a backslash that is one, letters of any script, and no line that begins like a request.
 */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('…', '...')
    .replaceAll(
      /[^\n -~]/gu,
      (letter) => `\\[u${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replaceAll(/^\./gm, '\\&.');
}

/** Text in bold: what users type literally. */
export function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`;
}

/** A placeholder in italics: `FILE`. */
export function italic(text: string): string {
  return `\\fI${roff(text)}\\fR`;
}

/** A section, or with `level` 2 a subsection. Plain text. */
export function heading(text: string, level: 1 | 2 = 1): string {
  return `${level === 1 ? '.SH' : '.SS'} "${roff(text)}"\n`;
}

/** A paragraph, of roff. */
export function paragraph(text: string): string {
  return `.PP\n${text}\n`;
}

/** A term and its meaning, both of roff. */
export function item(term: string, meaning: string): string {
  return `.TP\n${term}\n${meaning}\n`;
}

/** A line to copy, after what it does. Plain text. */
export function example(line: string, does: string): string {
  const lead = does.endsWith('?') ? sentence(does) : `${sentence(does)}:`;
  return `.PP\n${roff(lead)}\n.PP\n.RS 4\n.nf\n${roff(line)}\n.fi\n.RE\n`;
}

/** Begins with a capital letter, unless its first word is a name such as `foo.pub`. */
function sentence(text: string): string {
  return text.replace(/^[a-z](?=[a-z]*(?:[ ,]|$))/, (letter) => letter.toUpperCase());
}
