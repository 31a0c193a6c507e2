const HTML = '<!DOCTYPE html><html><body>Please sign in to the hotel network</body></html>';

/** Bodies of which nothing can be used: [what, status, body, code]. */
export const NONSENSE: readonly (readonly [string, number, string, string])[] = [
  ['nothing', 200, '', 'UNAVAILABLE'],
  ['spaces', 200, ' \n ', 'UNAVAILABLE'],
  ['a sign-in page', 200, HTML, 'UNAVAILABLE'],
  ['a redirect', 302, '', 'UNAVAILABLE'],
  ['a page with 403', 403, HTML, 'UNAVAILABLE'],
  ['a page with 502', 502, HTML, 'UNAVAILABLE'],
  ['nothing with 503', 503, '', 'UNAVAILABLE'],
  ['cut JSON', 200, '{"Response":{"KeyPair":{"PrivateKey":"-----BEGIN', 'UNAVAILABLE'],
  ['XML', 400, '<?xml version="1.0"?><Error><Code>Throttling</Code></Error>', 'UNAVAILABLE'],
  ['null', 200, 'null', 'UNAVAILABLE'],
  ['a list', 200, '[]', 'UNAVAILABLE'],
  ['a number', 200, '7', 'UNAVAILABLE'],
  ['deep nesting', 200, '['.repeat(200_000), 'UNAVAILABLE'],
  ['bytes that are no UTF-8', 200, '\ud800\udfff', 'UNAVAILABLE'],
];
