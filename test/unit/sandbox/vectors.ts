import { readFileSync } from 'node:fs';

import type { RawRequest } from '../../../sandbox/wire.ts';

/** Requests as the vendors' own clients sent them with a frozen clock, by their short names `V1` to `V12`. */
export function readVectors(): ReadonlyMap<string, RawRequest> {
  const text = readFileSync(new URL('signature-vectors.txt', import.meta.url), 'utf8');
  return new Map(
    text
      .split(/^### /m)
      .slice(1)
      .map((section) => {
        const title = section.slice(0, section.indexOf('\n'));
        return [title.split(' ')[0] ?? '', parse(section.slice(title.length + 1))];
      }),
  );
}

function parse(text: string): RawRequest {
  const [head = '', ...rest] = text.split('\n\n');
  const [first = '', ...lines] = head.split('\n');
  const [method = '', target = ''] = first.split(' ');
  const [path = '', query = ''] = target.split('?');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  const body = Buffer.from(rest.join('\n\n').trim());
  const length = headers['content-length'];
  if (length !== undefined && Number(length) !== body.length) throw new Error(`body of ${first} is damaged`);
  return { method, path, query, headers, body };
}
