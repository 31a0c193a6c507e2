import { DescribeInstancesRequest } from '@alicloud/ecs20140526/dist/models/DescribeInstancesRequest.js';
import { t } from '../../../i18n/t.ts';
import type { Answer } from '../../response.ts';
import { chunksOf } from '../../batches.ts';
import { allPieces, type Piece } from '../../paging.ts';
import type { Instance, InstanceFilter } from '../../types.ts';
import { fieldsOf, handledRows, lineOf, type Fields } from '../../parse.ts';
import type { CallEcs } from './api.ts';

/** DescribeInstances takes no more ids, and gives no more instances at once. */
const MOST = 100;

/** Instances of ECS, by id, by the name of their key pair, or all. */
export async function* listInstances(
  call: CallEcs,
  regionId: string,
  { ids, keyPair }: InstanceFilter,
  signal: AbortSignal,
): AsyncGenerator<Instance, void, undefined> {
  for (const chunk of ids === undefined ? [null] : chunksOf([...new Set(ids)], MOST)) {
    const fetchPiece = async (token: string | null) => {
      const model = new DescribeInstancesRequest({
        regionId,
        maxResults: MOST,
        ...(keyPair === undefined ? {} : { keyPairName: keyPair.name }),
        ...(chunk === null ? {} : { instanceIds: JSON.stringify(chunk) }),
        ...(token === null ? {} : { nextToken: token }),
      });
      return readInstances(await call('DescribeInstances', model, { changes: false, signal }));
    };
    for await (const instance of allPieces(fetchPiece, ({ id }) => id)) {
      if (chunk?.includes(instance.id) === false) continue;
      if (keyPair === undefined || instance.keyPairs?.includes(keyPair.name) === true) yield instance;
    }
  }
}

function readInstances(answer: Answer): Piece<Instance> {
  const list = handledRows(fieldsOf(answer.fields['Instances'])?.['Instance'], 'InstanceId', readInstance);
  if (list === null) throw answer.malformed(t`without a list of instances`);
  return { items: list.items, next: lineOf(answer.fields['NextToken']) };
}

function readInstance(fields: Fields, id: string): Instance {
  const system = String(lineOf(fields['OSType'])).toLowerCase();
  const key = lineOf(fields['KeyPairName']);
  return {
    id,
    name: lineOf(fields['InstanceName']),
    state: lineOf(fields['Status']),
    platform: system === 'linux' || system === 'windows' ? system : null,
    // An empty name is that of no key.
    keyPairs: key !== null ? [key] : fields['KeyPairName'] === '' ? [] : null,
    operation: null,
  };
}
