import type { DoctorFlags } from './run-checks.ts';
import { defineCommand, DRY_RUN_OPTION } from '../../cli/spec.ts';
import { t } from '../../i18n/t.ts';

/** `keypair doctor`: finds problems on this machine, and between it and the cloud. The profile may be broken. */
export const doctor = defineCommand<DoctorFlags>({
  name: 'doctor',
  unfinished: 'silent',
  withoutProfile: true,
  summary: t`find what is wrong on this machine and between it and the cloud, and fix it`,
  changes: ['this machine', 'the cloud'],
  result: async () => (await import('../results/settings.ts')).diagnosis,
  all: ['providers', 'regions'],
  options: [
    { flags: '--fix', summary: t`fix what is safe, and ask about the rest (--yes agrees to it)` },
    { flags: '--local-only', summary: t`check this machine only, and call nothing` },
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)`, default: '~/.ssh' },
    { ...DRY_RUN_OPTION, summary: t`with --fix: say what it would do, and do nothing` },
  ],
  examples: [
    { line: 'keypair doctor', does: t`check this machine, and every service with credentials` },
    { line: 'keypair doctor --fix', does: t`fix what is safe, and ask about each of the rest` },
    { line: 'keypair doctor -p tencent -r all', does: t`all regions of one service` },
    {
      line: 'keypair doctor --json | jq \'.findings[] | select(.level == "problem")\'',
      does: t`in a script`,
    },
  ],
  run: async (session, _args, flags) => {
    const { runDoctor } = await import('./run-checks.ts');
    await runDoctor(session, flags);
  },
});
