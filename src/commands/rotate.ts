import { LOCAL_TYPES, UNDOCUMENTED_OPTION } from '../cli/create-options.ts';
import { defineCommand } from '../cli/spec.ts';
import { t, withNote } from '../i18n/t.ts';

/** `keypair rotate`: replaces the key of running instances by a new one. */
export const rotate = defineCommand({
  name: 'rotate',
  unfinished: 'ask',
  summary: t`replace the key of running instances by a new one, with each login proven`,
  changes: ['instances', 'the cloud', 'this machine'],
  result: async () => (await import('./results/servers.ts')).rotated,
  arguments: [
    { name: 'NAME', summary: t`name or id of the key pair to replace`, asked: true, offers: 'pairs' },
    {
      name: 'INSTANCE',
      summary: t`id, name or address of an instance (default: all that have the key pair)`,
      many: true,
      optional: true,
      offers: 'instances',
    },
  ],
  options: [
    {
      flags: '--via <way>',
      summary: t`how to reach the servers (default: the first that works)`,
      values: ['auto', 'online', 'agent', 'ssh'],
      // The error says why.
      refused: ['attach'],
    },
    { flags: '--user <name>', summary: t`user whose key it is (default: as the service or its documents tell)` },
    { flags: '--key <name>', summary: t`with ssh: private key that opens it today`, offers: 'pairs-or-files' },
    { flags: '--jump <host>', summary: t`go through this instance or host`, offers: 'instances' },
    { flags: '--private', summary: t`use the private address` },
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)`, default: '~/.ssh' },
    {
      flags: '--type <type>',
      summary: t`type of the new key (default: the best that the service takes)`,
      values: LOCAL_TYPES,
      refused: ['ed25519'],
    },
    UNDOCUMENTED_OPTION,
    { flags: '--new-name <name>', summary: t`name of the new key pair (default: NAME with the date)` },
    { flags: '--canary <number>', summary: t`prove it on so many instances before the others are touched` },
    { flags: '--parallel <number>', summary: t`how many instances at the same time (default: 10)`, default: '10' },
    {
      flags: '--settle <seconds>',
      summary: t`wait before the new key is proven once more (default: 10)`,
      default: '10',
    },
    { flags: '--grace <time>', summary: t`keep the old key so long: 90m, 24h, 7d; then --resume ends it` },
    { flags: '--resume', summary: t`go on with a rotation that did not end` },
    { flags: '--abort', summary: t`undo a rotation: only before the new key has opened every instance` },
    { flags: '--dry-run', summary: t`show what would be done, change nothing` },
  ],
  examples: [
    { line: 'keypair rotate foo -p tencent', does: t`on all instances that have it` },
    { line: 'keypair rotate foo web-1 web-2 -p aliyun --canary 1', does: t`on two, one after the other` },
    { line: 'keypair rotate foo -p lighthouse --grace 24h --yes', does: t`and keep the old key for a day` },
    { line: 'keypair rotate foo --resume -p lighthouse', does: t`go on after that day, or after a failure` },
  ],
  run: async (session, [name = null, ...instances], flags) => {
    const { rotate: run } = await import('../operations/rotate/rotate.ts');
    const { shownName } = await import('../operations/instance-login.ts');
    const { wayText } = await import('../operations/server.ts');
    const { keyPairResult } = await import('../operations/key-pair-record.ts');
    const { sandbox } = session.settings;
    await run(session, name, instances, flags, {
      planned: ({ placed, via, user }, { name: old, newName, keyType }) => {
        const { provider, region, instance } = placed;
        session.result({
          json: {
            dryRun: true,
            provider,
            region,
            name: old,
            newName,
            keyType,
            instance: instance.id,
            instanceName: instance.name,
            via,
            user,
            sandbox,
          },
          text: `${t`would replace ${old} on ${shownName(placed)} by ${newName}, ${wayText({ via, user })}`}\n`,
          quiet: instance.id,
        });
      },
      server: (result) => {
        const { name: old, state } = result;
        const instance =
          result.instanceName === null ? result.instance : withNote(result.instanceName, result.instance);
        const text = {
          pending: t`${instance}: untouched`,
          placed: t`${instance}: has both keys; no login with the new one was seen`,
          proven: t`${instance}: has both keys, and the new one opens it`,
          retired: t`${instance}: the new key opens it, and ${old} is off`,
          removed: t`${instance}: has the old key only`,
          skipped: t`${instance}: left alone, with the old key`,
          failed: t`${instance}: failed`,
        }[state];
        session.result({ json: { ...result, sandbox }, text: `${text}\n`, quiet: '' });
      },
      pair: async (known) => {
        session.result(keyPairResult(known, await session.style(session.context.stdout)));
      },
    });
  },
});
