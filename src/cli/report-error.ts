import type { OutputStream } from '../context.ts';
import type { KeypairError } from '../errors.ts';
import { formatFacts, t, withNote } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import { wrapMessage } from '../ui/wrap.ts';

/** Writes an error to stderr: with `json` one line of JSON, else for people, broken at the terminal's width. */
export function reportError(stderr: OutputStream, error: KeypairError, json: boolean): void {
  const columns = stderr.isTTY === true ? stderr.columns : null;
  stderr.write(json ? errorJson(error) : wrapMessage(errorText(error), columns));
}

/** An error as `--json` shows it: one line, absent fields left out. */
function errorJson(error: KeypairError): string {
  return `${JSON.stringify({
    error: {
      code: error.code,
      message: error.message,
      hints: error.hints,
      provider: error.provider,
      region: error.region,
      providerCode: error.providerCode,
      requestId: error.requestId,
    },
  })}\n`;
}

/**
 * An error as people see it: `keypair: error: …`, then a line for each hint. The words before the colons stay English:
 * they are contract. What the user typed, and names of files, may stand in it: no control character gets to a terminal.
 */
function errorText(error: KeypairError): string {
  const { providerCode = '', requestId = '' } = error;
  const told = [providerCode, requestId && t`request ${requestId}`].filter((part) => part !== '');
  const lines = [`error: ${withNote(error.message, formatFacts(told))}`];
  for (const hint of error.hints) lines.push(`hint: ${hint}`);
  return lines.map((line) => `keypair: ${printable(line, Infinity)}\n`).join('');
}
