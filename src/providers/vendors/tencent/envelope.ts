import type { HttpResponse } from '../../../http/types.ts';
import { answered, refused, unreadable, type Answer, type Call } from '../../response.ts';
import { fieldsOf, lineOf, parseFields } from '../../parse.ts';

/**
 * Opens the envelope of API 3.0: `{"Response": {…, "RequestId": "…"}}`, where a refusal is an `Error` of `Code` and
 * `Message`. Errors come with HTTP 200 too.
 *
 * @throws KeypairError for a refusal, and for an answer that is no such envelope.
 */
export function openEnvelope(call: Call, response: HttpResponse): Answer {
  const fields = fieldsOf(parseFields(response.body.toString('utf8'))?.['Response']);
  if (fields === null) throw unreadable(call, response, null);
  const requestId = lineOf(fields['RequestId']);
  const error = fields['Error'] ?? null;
  if (error === null) {
    if (response.status < 200 || response.status > 299) throw unreadable(call, response, requestId);
    return answered(call, response, fields, requestId);
  }
  const code = lineOf(fieldsOf(error)?.['Code']);
  if (code === null)
    throw answered(call, response, fields, requestId).unusable('with an error that has no code');
  throw refused(call, response, { code, message: fieldsOf(error)?.['Message'], requestId });
}
