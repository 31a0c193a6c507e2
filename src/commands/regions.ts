import { t } from '../language/t.ts';
import { table } from '../ui/table.ts';
import { defineCommand } from './define.ts';
import { providersOf } from './provider-answer.ts';

/** `keypair regions`: the regions that the vendors document, without a call. */
export const regions = defineCommand<object>({
  name: 'regions',
  withoutProfile: true,
  summary: 'list the regions of the providers',
  all: ['providers'],
  examples: [
    { line: 'keypair regions --provider aliyun', does: 'the regions of Alibaba Cloud ECS' },
    { line: 'keypair regions --json | jq -r .[].region', does: 'in a script' },
  ],
  run: (session) => {
    const { site } = session.settings;
    const { stdout } = session.context;
    // Behind a pipe it is data, which is English.
    const byDefault = stdout.isTTY === true ? t`default` : 'default';
    const rows = providersOf(session.settings).flatMap((descriptor) =>
      descriptor.regions.map((region) => ({
        provider: descriptor.id,
        region,
        default: region === descriptor.defaultRegion,
        host: descriptor.host(region, descriptor.sites.includes(site) ? site : 'cn'),
      })),
    );
    const cells = rows.map((row) => [row.provider, row.region, row.default ? byDefault : '', row.host]);
    session.result({
      json: rows,
      text: table(['provider', 'region', '', 'host'], cells, stdout),
      quiet: rows.map(({ region }) => region).join('\n'),
    });
    return Promise.resolve();
  },
});
