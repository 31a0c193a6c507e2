import type { PROFILE_KEYS } from '../../config/values.ts';
import { type CommandSpec, defineCommand, DRY_RUN_OPTION } from '../../cli/spec.ts';
import { t } from '../../i18n/t.ts';

// Repeated here: the module of PROFILE_KEYS loads every rule, which help and completions do not need.
const KEYS = [
  'provider',
  'region',
  'site',
  'endpoint',
  'key-dir',
  'project',
  'resource-group',
  'max-age',
  'role.arn',
  'role.session-name',
  'role.external-id',
  'role.duration',
  'profile',
] as const satisfies readonly ((typeof PROFILE_KEYS)[number]['name'] | 'profile')[];

const list = defineCommand<object>({
  name: 'list',
  summary: t`show every value in effect, and its source`,
  changes: [],
  result: async () => (await import('../results/settings.ts')).configList,
  withoutProfile: true,
  examples: [
    { line: 'keypair config list', does: t`what a command would take, and from where` },
    { line: 'keypair config list --profile work --json', does: t`of another profile, in a script` },
  ],
  run: async (session) => {
    const { runList } = await import('./effective.ts');
    await runList(session);
  },
});

const get = defineCommand<object>({
  name: 'get',
  summary: t`print one value of a profile`,
  changes: [],
  result: async () => (await import('../results/settings.ts')).configValue,
  withoutProfile: true,
  arguments: [{ name: 'KEY', summary: t`as config list shows it: region, tags.team, role.arn`, values: KEYS }],
  examples: [{ line: 'keypair config get region', does: t`nothing and exit code 3 if it is not set` }],
  run: async (session, [key = '']) => {
    const { runGet } = await import('./effective.ts');
    await runGet(session, key);
  },
});

const set = defineCommand<{ readonly dryRun: boolean }>({
  name: 'set',
  summary: t`set one value of a profile, which is created if missing`,
  changes: ['this machine'],
  result: async () => (await import('../results/settings.ts')).configSet,
  options: [DRY_RUN_OPTION],
  withoutProfile: true,
  arguments: [
    {
      name: 'KEY',
      summary: t`provider, region, site, endpoint, key-dir, project, resource-group, tags.<key>, max-age, role.arn, role.session-name, role.external-id, role.duration; profile for the one to take when none is chosen`,
      values: KEYS,
    },
    { name: 'VALUE', summary: t`as the flag of this name takes it`, optional: true, offers: 'settings' },
  ],
  examples: [
    { line: 'keypair config set provider tencent', does: t`no --provider any more` },
    { line: 'keypair config set region cn-shanghai --profile work', does: t`in a profile called work` },
    { line: 'keypair config set tags.team ops', does: t`a tag of every new key pair` },
    { line: 'keypair config set profile work', does: t`take that profile when none is chosen` },
  ],
  run: async (session, [key = '', value], { dryRun = false }) => {
    const { runSet } = await import('./change.ts');
    await runSet(session, key, value, dryRun);
  },
});

const unset = defineCommand<{ readonly dryRun: boolean }>({
  name: 'unset',
  summary: t`remove one value of a profile`,
  changes: ['this machine'],
  result: async () => (await import('../results/settings.ts')).configUnset,
  options: [DRY_RUN_OPTION],
  withoutProfile: true,
  arguments: [{ name: 'KEY', summary: t`as config list shows it; tags for all of them`, values: KEYS }],
  examples: [{ line: 'keypair config unset tags.team', does: t`no such tag by default` }],
  run: async (session, [key = ''], { dryRun = false }) => {
    const { runUnset } = await import('./change.ts');
    await runUnset(session, key, dryRun);
  },
});

const path = defineCommand<object>({
  name: 'path',
  summary: t`print where the configuration is`,
  changes: [],
  result: async () => (await import('../results/settings.ts')).configPath,
  withoutProfile: true,
  examples: [{ line: '$EDITOR "$(keypair config path)"', does: t`edit it by hand: comments stay` }],
  run: async (session) => {
    const { configFile } = await import('../../config/load.ts');
    const file = configFile(session.context);
    session.result({ json: { path: file }, text: `${file}\n`, quiet: file });
  },
});

/** `keypair config`: defaults and profiles, in a file that people may also edit. */
export const config: CommandSpec = {
  name: 'config',
  summary: t`defaults and profiles: show them, set them`,
  examples: [...set.examples, ...list.examples, ...path.examples],
  commands: [list, get, set, unset, path],
};
