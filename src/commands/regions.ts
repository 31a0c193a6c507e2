import { descriptors, findDescriptor } from '../providers/registry.ts';
import type { Descriptor } from '../providers/types.ts';
import { table } from '../ui/table.ts';
import { defineCommand } from './define.ts';

/** `keypair regions`: the regions that the vendors document, without a call. */
export const regions = defineCommand<object>({
  name: 'regions',
  summary: 'list the regions of the providers',
  examples: [
    { line: 'keypair regions --provider aliyun', does: 'the regions of Alibaba Cloud ECS' },
    { line: 'keypair regions --json | jq -r .[].region', does: 'in a script' },
  ],
  run: (session) => {
    const { provider, site } = session.settings;
    const rows = chosen(provider).flatMap((descriptor) =>
      descriptor.regions.map((region) => ({
        provider: descriptor.id,
        region,
        default: region === descriptor.defaultRegion,
        host: descriptor.host(region, descriptor.sites.includes(site) ? site : 'cn'),
      })),
    );
    const cells = rows.map((row) => [row.provider, row.region, row.default ? 'default' : '', row.host]);
    session.result({
      json: rows,
      text: table(['provider', 'region', '', 'host'], cells, session.context.stdout),
      quiet: rows.map(({ region }) => region).join('\n'),
    });
    return Promise.resolve();
  },
});

/** The providers of a comma list, or all of them. */
export function chosen(list: string | null): readonly Descriptor[] {
  if (list === null || list === 'all') return descriptors;
  return list.split(',').map((id) => findDescriptor(id.trim()));
}
