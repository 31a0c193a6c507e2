/** The base64 of an armoured text, without its first and last line. */
function body(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('-----'))
    .join('\n');
}

/** What consoles, clipboards and services do to a private key, none of which changes the key. */
export const MANGLINGS: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'crlf line ends': (text) => text.replaceAll('\n', '\r\n'),
  'cr line ends': (text) => text.replaceAll('\n', '\r'),
  'no last newline': (text) => text.trimEnd(),
  'blank lines around': (text) => `\n\r\n  \n${text}\n \t\n`,
  'blank lines between': (text) => text.replaceAll('\n', '\n\n'),
  'double quotes': (text) => `"${text.trimEnd()}"`,
  'single quotes': (text) => `'${text}'`,
  'line ends as two characters': (text) => text.replaceAll('\n', '\\n'),
  'crlf as four characters': (text) => text.replaceAll('\n', '\\r\\n'),
  'a json string': (text) => JSON.stringify(text),
  'a json string in a json string': (text) => JSON.stringify(JSON.stringify(text)),
  'json with escaped slashes': (text) => JSON.stringify(text).replaceAll('/', '\\/'),
  'a byte order mark': (text) => `\uFEFF${text}`,
  indented: (text) => text.replaceAll('\n', '\n      '),
  'blanks for line ends': (text) => text.replaceAll('\n', ' '),
  'no line ends at all': (text) => text.replaceAll('\n', ''),
  'words around': (text) => `Your key, keep it safe:\n${text}created on Monday\n`,
  'bare base64 in lines': body,
  'bare base64 in one line': (text) => body(text).replaceAll('\n', ''),
  'bare base64 without padding': (text) => body(text).replaceAll('\n', '').replaceAll('=', ''),
  'bare base64 with crlf': (text) => body(text).replaceAll('\n', '\r\n'),
  'bare base64 with two-character line ends': (text) => body(text).replaceAll('\n', '\\n'),
  'bare base64 in quotes': (text) => ` "${body(text).trim()}" `,
  'bare base64 behind a byte order mark': (text) => `\uFEFF${body(text)}`,
};
