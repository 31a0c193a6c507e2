import type { OutputStream } from '../context.ts';
import type { KeypairError } from '../errors.ts';
import { formatFacts, t, withNote } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import { wrapMessage } from '../ui/wrap.ts';

/** Writes an error to stderr: with `json` as one line of JSON, else for people, wrapped to the terminal. */
export function reportError(stderr: OutputStream, error: KeypairError, json: boolean): void {
  const columns = stderr.isTTY === true ? stderr.columns : null;
  stderr.write(json ? errorJson(error) : wrapMessage(errorText(error), columns));
}

/** The JSON of an error, on one line without absent fields. */
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
 * The text of an error for people: `keypair: error: …`, then a line for each hint. The words before the colons are part
 * of the contract and stay English. Control characters are removed: messages may contain user input and file names.
 */
function errorText(error: KeypairError): string {
  const { providerCode = '', requestId = '' } = error;
  const told = [providerCode, requestId && t`request ${requestId}`].filter((part) => part !== '');
  const lines = [`error: ${withNote(error.message, formatFacts(told))}`];
  for (const hint of error.hints) lines.push(`hint: ${hint}`);
  return lines.map((line) => `keypair: ${printable(line, Infinity)}\n`).join('');
}
