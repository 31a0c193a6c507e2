import type { HttpResponse } from '../../../http/types.ts';
import { answered, refused, unreadable, type Answer, type Call } from '../../response.ts';
import { fieldsOf, lineOf, parseFields } from '../../parse.ts';

/**
 * Opens an answer of ECS or STS: a bare object, and for a refusal a status of 4xx or 5xx and `{"Code", "Message",
 * "RequestId", …}`.
 *
 * @throws KeypairError for a refusal, and for an answer that is neither.
 */
export function openAnswer(call: Call, response: HttpResponse): Answer {
  const { status } = response;
  const fields = parseFields(response.body.toString('utf8'));
  const requestId = lineOf(fields?.['RequestId']) ?? lineOf(response.headers['x-acs-request-id']);
  if (fields !== null && status >= 200 && status <= 299) return answered(call, response, fields, requestId);
  const code = lineOf(fields?.['Code']);
  if (code === null || status < 400) throw unreadable(call, response, requestId);
  const permission = lineOf(fieldsOf(fields?.['AccessDeniedDetail'])?.['AuthAction']);
  throw refused(call, response, { code, message: fields?.['Message'], requestId, permission });
}
