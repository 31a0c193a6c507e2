import { t, translated } from '../language/t.ts';
import type { Descriptor, Support } from '../providers/types.ts';
import { table } from '../ui/table.ts';
import { defineCommand } from './define.ts';
import { providersOf } from './provider-answer.ts';

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
  run: (session) => {
    const list = providersOf(session.settings);
    const { stdout } = session.context;
    // Behind a pipe it is data, which is English.
    const people = stdout.isTTY === true;
    session.result({
      json: list.map(providerJson),
      text: table(
        [
          'provider',
          'service',
          'default region',
          { heading: 'tags', flexible: true },
          { heading: 'project', flexible: true },
          'resource group',
          { heading: 'names', flexible: true },
        ],
        list.map(({ id, title, defaultRegion, abilities, nameRule }) => [
          id,
          people ? translated(title) : title,
          defaultRegion,
          shown(abilities.tag, people),
          shown(abilities.project, people),
          shown(abilities.resourceGroup, people),
          people ? translated(nameRule.sentence) : nameRule.sentence,
        ]),
        stdout,
      ),
      quiet: list.map(({ id }) => id).join('\n'),
    });
    return Promise.resolve();
  },
});

function shown(support: Support, people: boolean): string {
  if (typeof support === 'string') return people ? translated(support) : support;
  if (!people) return support ? 'yes' : 'no';
  return support ? t`yes` : t`no`;
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
