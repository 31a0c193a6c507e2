import { inEnglish, joinList, t, withNote } from '../i18n/t.ts';
import type { Ability, Descriptor, Support } from '../providers/types.ts';
import type { Style } from '../ui/color.ts';
import { type Row, rowLines, table } from '../ui/table.ts';
import { plainWidth, wrap } from '../ui/wrap.ts';
import { defineCommand } from '../cli/spec.ts';
import { providersOf } from '../cli/ask-provider.ts';

/** `keypair providers`: the providers and their abilities, from the descriptors. */
export const providers = defineCommand({
  name: 'providers',
  withoutProfile: true,
  summary: t`list the providers and what each can do`,
  changes: [],
  result: async () => (await import('./results/settings.ts')).providerList,
  all: ['providers'],
  examples: [
    { line: 'keypair providers', does: t`all of them` },
    { line: 'keypair providers --provider aliyun --json', does: t`one of them, with all that is known` },
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
            [t`provider`, t`service`, t`default region`, ...ABILITIES, t`names`],
            list.map(({ id, title, defaultRegion, abilities, nameRule }) => [
              id,
              inEnglish(title),
              defaultRegion,
              ...ABILITIES.map((ability) => inWords(abilities[ability])),
              inEnglish(nameRule.sentence),
            ]),
            stdout,
          ),
      quiet: list.map(({ id }) => id).join('\n'),
    });
  },
});

/** The abilities in the order of the output, and their names for people. */
const TITLES: Readonly<Record<Ability, string>> = {
  create: t`create`,
  import: t`import`,
  list: t`list`,
  delete: t`delete`,
  rename: t`rename`,
  description: t`description`,
  tag: t`tags`,
  retag: t`change tags`,
  project: t`project`,
  resourceGroup: t`resource group`,
  attach: t`attach, detach`,
  forceStop: t`stop by force`,
  online: t`attach while it runs`,
  instances: t`see instances`,
  runCommand: t`run scripts`,
  launchTemplates: t`see launch templates`,
};

const ABILITIES = Object.keys(TITLES) as readonly Ability[];

/** Output in a pipe is data, and in English. */
function inWords(support: Support): string {
  return typeof support === 'string' ? inEnglish(support) : support ? 'yes' : 'no';
}

/** One provider for people: its abilities with their conditions, and what it lacks, wrapped to `width` columns. */
function block({ id, title, defaultRegion, abilities, nameRule }: Descriptor, width: number, style: Style): string {
  const titled = (ability: Ability): string => TITLES[ability];
  const plain = ABILITIES.filter((ability) => abilities[ability] === true).map(titled);
  const lacking = ABILITIES.filter((ability) => abilities[ability] === false).map(titled);
  const conditions = ABILITIES.flatMap((ability): Row[] => {
    const support = abilities[ability];
    return typeof support === 'string' ? [[titled(ability), support]] : [];
  });
  const rows: readonly Row[] = [
    [t`default region`, defaultRegion],
    [t`names`, nameRule.sentence],
    [t`can`, joinList(plain)],
    ...conditions,
    [t`cannot`, joinList(lacking)],
  ];
  const label = Math.max(...rows.map(([text]) => plainWidth(text))) + 2;
  const indent = `\n${' '.repeat(label + 2)}`;
  const fitting = rows.map(([text, value]): Row => [
    text,
    value === null ? null : wrap(value, width - label - 2).join(indent),
  ]);
  return `${style.strong(withNote(title, id))}\n${rowLines(fitting, style, label)}`;
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
