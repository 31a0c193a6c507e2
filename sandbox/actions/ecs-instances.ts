import { bindingsOf, phaseOf, type StoredInstance } from '../instances.ts';
import { fields, integer, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import type { Contents } from '../repository.ts';
import { action, type Call, type Result } from './action.ts';
import { PER_SECOND } from './ecs-describe.ts';
import { parseJsonList } from './json-names.ts';

/** ECS DescribeInstances: by tokens when MaxResults or NextToken is given, else by the numbers of pages. */
export const describeInstances = action(
  PER_SECOND,
  fields({
    InstanceIds: optional(text),
    KeyPairName: optional(text),
    MaxResults: optional(integer),
    NextToken: optional(text),
    PageNumber: optional(integer),
    PageSize: optional(integer),
  }),
  (params, call) => {
    const contents = call.repository.read();
    const ids = params.InstanceIds === undefined ? null : parseJsonList(params.InstanceIds, badInstanceIds);
    if (ids !== null && ids.length > 100) throw badInstanceIds();
    const found = contents.instances
      .map((instance) => ({ instance, key: keyNameOf(instance, contents, call.now) }))
      .filter(
        ({ instance, key }) => (ids?.includes(instance.id) ?? true) && (params.KeyPairName ?? key) === key,
      );
    const rows = (from: number, to: number): Result => ({
      Instance: found.slice(from, to).map(({ instance, key }) => show(instance, key, call)),
    });
    const { MaxResults: most, NextToken: token, PageNumber: number = 1, PageSize: asked = 10 } = params;
    if (most !== undefined || token !== undefined) {
      const from = token === undefined || token === '' ? 0 : placeOf(token);
      const to = from + call.pages.size(Math.min(100, Math.max(10, most ?? 10)));
      // With tokens the document calls the total meaningless.
      return { TotalCount: 0, NextToken: to < found.length ? tokenOf(to) : '', Instances: rows(from, to) };
    }
    if (number < 1 || asked < 1 || asked > 100) throw invalid(number < 1 ? 'PageNumber' : 'PageSize');
    const size = call.pages.fixedSize(asked);
    return {
      TotalCount: found.length,
      PageNumber: number,
      PageSize: size,
      Instances: rows((number - 1) * size, number * size),
    };
  },
);

/** The name of the pair that an instance has, or the empty text. */
function keyNameOf(instance: StoredInstance, { pairs }: Contents, now: Date): string {
  const [held] = bindingsOf(instance, now);
  return pairs.find(({ id }) => id === held?.keyId)?.name ?? '';
}

function show(instance: StoredInstance, key: string, { region, now }: Call): Result {
  const windows = instance.platform === 'windows';
  return {
    InstanceId: instance.id,
    InstanceName: instance.name,
    RegionId: region,
    ZoneId: `${region}-a`,
    Status: phaseOf(instance, now) === 'running' ? 'Running' : 'Stopped',
    OSType: instance.platform,
    OSName: windows ? 'Windows Server 2022 64bit' : 'Ubuntu 24.04 64bit',
    KeyPairName: key,
    CreationTime: '2020-09-22T00:00Z',
    VpcAttributes: { PrivateIpAddress: { IpAddress: [instance.address] } },
    PublicIpAddress: { IpAddress: [] },
  };
}

const TOKEN = /^sandbox-([0-9]{1,6})$/;

function tokenOf(place: number): string {
  return Buffer.from(`sandbox-${place}`).toString('base64url');
}

function placeOf(token: string): number {
  const place = TOKEN.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (place === undefined) throw invalid('NextToken');
  return Number(place);
}

function invalid(name: string): ApiError {
  return new ApiError('InvalidParameter', `The specified parameter "${name}" is not valid.`, 400);
}

function badInstanceIds(): ApiError {
  return new ApiError('InvalidInstanceIds.Malformed', 'The specified InstanceIds are not valid.', 400);
}
