import { statSync } from 'node:fs';
import type { KeyFormatReason } from '../keys/format-error.ts';
import { t } from '../i18n/t.ts';
import { shellWord } from '../shell-quote.ts';
import { publicHalfHint } from '../storage/public-half-hint.ts';

/** A key in a line of authorized_keys, for `grep -oE`. */
const KEY_PATTERN = "'(ssh|ecdsa|sk)-[^ ]+ AAAA[^ ]+'";

/** What to do about a key file that was refused for this reason, as commands that work as printed; none for stdin. */
export function keyFileHints(reason: KeyFormatReason, file: string, platform: string): readonly string[] {
  if (file === '-') return [];
  const word = shellWord(file);
  const windows = platform === 'win32';
  switch (reason) {
    case 'encrypted':
      return [
        publicHalfHint(file, windows ? null : (statSync(file, { throwIfNoEntry: false })?.mode ?? null)),
      ];
    case 'utf-16':
      return windows
        ? [t`save it again: Get-Content ${word} | Set-Content -Encoding ascii ${word}.txt`]
        : [t`save it again: iconv -f UTF-16 -t UTF-8 ${word} > ${word}.utf8`];
    case 'binary':
      return [
        t`a private key in der: openssl pkey -inform DER -in ${word} -out ${word}.pem`,
        t`a public key in der: openssl pkey -pubin -inform DER -in ${word} -out ${word}.pem`,
      ];
    case 'wrapped':
      return windows ? [] : [t`make it one line: tr -d '\\r\\n' < ${word} > ${word}.line`];
    case 'options':
    case 'several':
      return windows
        ? []
        : [t`take the first key alone: grep -oE ${KEY_PATTERN} ${word} | head -n 1 > ${word}.key`];
    case 'certificate':
      return [t`give the public key that the certificate is for`];
    case 'putty':
      return [t`convert it: puttygen ${word} -O private-openssh -o ${word}.key`];
    default:
      return [];
  }
}
