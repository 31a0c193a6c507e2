import type { KeypairError } from '../../../errors.ts';
import { t } from '../../../i18n/t.ts';
import type { Answer } from '../../response.ts';
import { countOf, fieldsOf, lineOf, rowsOf, wordOf, type Fields } from '../../parse.ts';

/**
 * Reads an answer to AttachKeyPair or DetachKeyPair: null or an error for each of these instances. Failures come with
 * HTTP 200, in `Results`; documents and examples differ on whether counts, codes and `Success` are texts.
 */
export function readBound(answer: Answer, instances: readonly string[]): readonly (KeypairError | null)[] {
  const rows = rowsOf(fieldsOf(answer.fields['Results'])?.['Result']) ?? [];
  const results = new Map(rows.map((row) => [lineOf(fieldsOf(row)?.['InstanceId']), fieldsOf(row)]));
  const noneFailed =
    countOf(answer.fields['FailCount']) === 0 && countOf(answer.fields['TotalCount']) === instances.length;
  return instances.map((instance) => {
    const result = results.get(instance) ?? null;
    if (result !== null) return errorIn(result, answer);
    return noneFailed ? null : answer.unusable(t`without a word on ${instance}`);
  });
}

function errorIn(result: Fields, answer: Answer): KeypairError | null {
  const code = wordOf(result['Code']);
  const done = wordOf(result['Success']) ?? String(code === '200');
  return done === 'true' ? null : answer.refusal(lineOf(result['Code']) ?? code ?? '', result['Message']);
}
