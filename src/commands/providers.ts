import { bracketed, listed } from '../i18n/phrases.ts';
import { t, translated } from '../i18n/t.ts';
import type { Ability, Descriptor, Support } from '../providers/types.ts';
import type { Style } from '../ui/color.ts';
import { type Row, rowLines, table } from '../ui/table.ts';
import { plainWidth, wrap } from '../ui/wrap.ts';
import { defineCommand } from '../cli/spec.ts';
import { providersOf } from '../cli/ask-provider.ts';

/** `keypair providers`: what there is and what each can do, from the descriptors. */
export const providers = defineCommand<object>({
  name: 'providers',
  withoutProfile: true,
  summary: 'list the providers and what each can do',
  all: ['providers'],
  examples: [
    { line: 'keypair providers', does: 'all of them' },
    { line: 'keypair providers --provider aliyun --json', does: 'one of them, with all that is known' },
  ],
  run: async (session) => {
    const list = providersOf(session.settings);
    const { stdout } = session.context;
    const people = stdout.isTTY === true;
    const style = await session.style(stdout);
    session.result({
      json: list.map(providerJson),
      text: people
        ? list.map((descriptor) => block(descriptor, Math.min(stdout.columns ?? 80, 100), style)).join('\n')
        : table(
            ['provider', 'service', 'default region', ...ABILITIES, 'names'],
            list.map(({ id, title, defaultRegion, abilities, nameRule }) => [
              id,
              title,
              defaultRegion,
              ...ABILITIES.map((ability) => inWords(abilities[ability])),
              nameRule.sentence,
            ]),
            stdout,
          ),
      quiet: list.map(({ id }) => id).join('\n'),
    });
  },
});

/** Every ability, in the order in which it is shown, with what people call it. */
const TITLES: Readonly<Record<Ability, string>> = {
  create: 'create',
  import: 'import',
  list: 'list',
  delete: 'delete',
  rename: 'rename',
  description: 'description',
  tag: 'tags',
  retag: 'change tags',
  project: 'project',
  resourceGroup: 'resource group',
  attach: 'attach, detach',
  forceStop: 'stop by force',
  online: 'attach while it runs',
  instances: 'see instances',
};

const ABILITIES = Object.keys(TITLES) as readonly Ability[];

/** Behind a pipe it is data, which is English. */
function inWords(support: Support): string {
  return typeof support === 'string' ? support : support ? 'yes' : 'no';
}

/** One provider for people: what it can, with the conditions, and what it cannot, a line each as far as they fit. */
function block(
  { id, title, defaultRegion, abilities, nameRule }: Descriptor,
  width: number,
  style: Style,
): string {
  const titled = (ability: Ability): string => translated(TITLES[ability]);
  const plain = ABILITIES.filter((ability) => abilities[ability] === true).map(titled);
  const lacking = ABILITIES.filter((ability) => abilities[ability] === false).map(titled);
  const conditions = ABILITIES.flatMap((ability): Row[] => {
    const support = abilities[ability];
    return typeof support === 'string' ? [[titled(ability), translated(support)]] : [];
  });
  const rows: readonly Row[] = [
    [t`default region`, defaultRegion],
    [t`names`, translated(nameRule.sentence)],
    [t`can`, listed(plain)],
    ...conditions,
    [t`cannot`, listed(lacking)],
  ];
  const label = Math.max(...rows.map(([text]) => plainWidth(text))) + 2;
  const indent = `\n${' '.repeat(label + 2)}`;
  const fitting = rows.map(([text, value]): Row => [
    text,
    value === null ? null : wrap(value, width - label - 2).join(indent),
  ]);
  return `${style.strong(bracketed(translated(title), id))}\n${rowLines(fitting, style, label)}`;
}

function providerJson(descriptor: Descriptor): unknown {
  const { nameRule, tagRule, regions, ...rest } = descriptor;
  return {
    id: rest.id,
    aliases: rest.aliases,
    title: rest.title,
    apiVersions: rest.apiVersions,
    defaultRegion: rest.defaultRegion,
    regions,
    sites: rest.sites,
    abilities: rest.abilities,
    nameRule: nameRule.sentence,
    maxTags: tagRule?.max ?? 0,
    requestsPerSecond: rest.requestsPerSecond,
    warning: rest.warning,
    documentation: rest.documentation,
  };
}
