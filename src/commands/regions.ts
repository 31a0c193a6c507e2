import { KeypairError } from '../errors.ts';
import { locale, t } from '../i18n/t.ts';
import { regionName } from '../providers/regions.ts';
import type { Descriptor, Region } from '../providers/types.ts';
import { type Session, withSettings } from '../cli/session.ts';
import { table } from '../ui/table.ts';
import { defineCommand } from '../cli/spec.ts';
import { providersToAsk, providersOf } from '../cli/ask-provider.ts';

/** `keypair regions`: the regions that the services list, and the built-in ones. */
export const regions = defineCommand({
  name: 'regions',
  summary: t`list the regions of the providers`,
  changes: [],
  result: async () => (await import('./results/settings.ts')).regionList,
  all: ['providers'],
  examples: [
    { line: 'keypair regions --provider aliyun', does: t`the regions of Alibaba Cloud ECS` },
    { line: 'keypair regions --json | jq -r .[].region', does: t`in a script` },
  ],
  run: async (session) => {
    const { site } = session.settings;
    const { stdout } = session.context;
    const people = stdout.isTTY === true;
    // Output in a pipe is data, and in English.
    const byDefault = people ? t`default` : 'default';
    const language = people && !session.settings.json && locale() === 'zh-CN' ? 'zh-CN' : 'en';
    const providers = providersOf(session.settings);
    const lists = await askAll(session, providers);
    const rows = providers.flatMap((descriptor, index) => {
      const listed = new Map(lists[index]?.map(({ id, name }) => [id, name]));
      return [...new Set([...descriptor.regions, ...listed.keys()])].map((region) => ({
        provider: descriptor.id,
        region,
        name: regionName(region, language) || (listed.get(region) ?? ''),
        default: region === descriptor.defaultRegion,
        host: descriptor.host(region, site),
        source: listed.has(region) ? 'service' : 'built-in',
      }));
    });
    const shown = (source: string): string =>
      !people ? source : source === 'service' ? t`listed by the service` : t`built in`;
    const cells = rows.map((row) => [
      row.provider,
      row.region,
      row.name,
      row.default ? byDefault : '',
      row.host,
      shown(row.source),
    ]);
    session.result({
      json: rows,
      text: table([t`provider`, t`region`, t`name`, '', { heading: t`host`, dropOrder: 1 }, t`source`], cells, stdout),
      quiet: rows.map(({ region }) => region).join('\n'),
    });
  },
});

/** The regions that each service lists; null if it lists none or cannot be asked, with a note. */
async function askAll(
  session: Session,
  providers: readonly Descriptor[],
): Promise<readonly (readonly Region[] | null)[]> {
  const [{ withConnections }, { serviceRegions }, { resolveTargets }] = await Promise.all([
    import('../connection/connect.ts'),
    import('../connection/all-regions.ts'),
    import('../connection/target.ts'),
  ]);
  const meant = providersToAsk(session.settings);
  const silent: string[] = [];
  const ask = async (descriptor: Descriptor, connections: Parameters<typeof serviceRegions>[1]) => {
    // The retired gateway is called only if the user names it.
    if (!meant.includes(descriptor)) return null;
    const settings = { ...session.settings, region: descriptor.defaultRegion };
    try {
      const { targets, failures } = await resolveTargets(withSettings(session, settings), [descriptor], null);
      const [failure] = failures;
      if (failure !== undefined) throw failure;
      const [target] = targets;
      return target === undefined ? null : await serviceRegions(session, connections, target);
    } catch (error) {
      if (!(error instanceof KeypairError) || error.code !== 'AUTH') throw error;
      silent.push(descriptor.id);
      return null;
    }
  };
  const lists = await session.withSpinner(t`asking for the regions`, () =>
    withConnections(session, (connections) => Promise.all(providers.map((descriptor) => ask(descriptor, connections)))),
  );
  for (const id of silent) session.info(t`no credentials for ${id}: showing its built-in regions`);
  return lists;
}
