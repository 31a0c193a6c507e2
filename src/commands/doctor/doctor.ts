import type { DoctorFlags } from './run.ts';
import { defineCommand } from '../../cli/spec.ts';

/** `keypair doctor`: what is wrong here, and between here and the cloud. It reads its profile itself: it may be broken. */
export const doctor = defineCommand<DoctorFlags>({
  name: 'doctor',
  unfinished: 'silent',
  withoutProfile: true,
  summary: 'find what is wrong on this machine and between it and the cloud, and mend it',
  all: ['providers', 'regions'],
  options: [
    { flags: '--fix', summary: 'mend what can lose nothing, and ask for the rest (--yes agrees to it)' },
    { flags: '--local-only', summary: 'look at this machine only, and call nothing' },
    { flags: '--key-dir <dir>', summary: 'where the key files are (default: ~/.ssh)' },
  ],
  examples: [
    { line: 'keypair doctor', does: 'look at this machine, and at every service with credentials' },
    { line: 'keypair doctor --fix', does: 'mend what is safe, and ask for each of the rest' },
    { line: 'keypair doctor -p tencent -r all', does: 'all regions of one service' },
    { line: 'keypair doctor --json | jq \'.findings[] | select(.level == "problem")\'', does: 'in a script' },
  ],
  run: async (session, _args, flags) => {
    const { runDoctor } = await import('./run.ts');
    await runDoctor(session, flags);
  },
});
