import type { CommandEntry } from '../cli/spec.ts';
import { t } from '../i18n/t.ts';

/** All commands in the order of the help: names, summaries, and how to load them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'create',
    summary: t`make a key pair in the cloud and save its private key`,
    load: async () => (await import('./create/create.ts')).create,
  },
  {
    name: 'import',
    summary: t`upload an existing public key`,
    load: async () => (await import('./import.ts')).importKey,
  },
  {
    name: 'ensure',
    summary: t`make a key pair unless it is there already, with its private key here`,
    load: async () => (await import('./ensure.ts')).ensure,
  },
  {
    name: 'list',
    summary: t`list key pairs, and where their private keys are`,
    load: async () => (await import('./list.ts')).list,
  },
  {
    name: 'show',
    summary: t`show all that is known of one key pair`,
    load: async () => (await import('./show.ts')).show,
  },
  {
    name: 'instances',
    summary: t`list instances, their key pairs, and where their private keys are`,
    load: async () => (await import('./instances.ts')).instances,
  },
  {
    name: 'ssh',
    summary: t`log in to an instance, with its user and the private key that is here`,
    load: async () => (await import('./ssh.ts')).ssh,
  },
  {
    name: 'ssh-config',
    summary: t`names for instances in your ssh configuration, for ssh, scp, rsync and git`,
    load: async () => (await import('./ssh-config.ts')).sshConfig,
  },
  {
    name: 'update',
    summary: t`change the name, the description or the tags of a key pair`,
    load: async () => (await import('./update.ts')).update,
  },
  {
    name: 'attach',
    summary: t`bind a key pair to instances`,
    load: async () => (await import('./attach.ts')).attach,
  },
  {
    name: 'detach',
    summary: t`detach a key pair from instances`,
    load: async () => (await import('./attach.ts')).detach,
  },
  {
    name: 'authorize',
    summary: t`put a public key on running instances: no restart, and other keys stay`,
    load: async () => (await import('./authorize.ts')).authorize,
  },
  {
    name: 'revoke',
    summary: t`take a public key off running instances`,
    load: async () => (await import('./authorize.ts')).revoke,
  },
  {
    name: 'rotate',
    summary: t`replace the key of running instances by a new one, with each login proven`,
    load: async () => (await import('./rotate.ts')).rotate,
  },
  {
    name: 'delete',
    summary: t`delete key pairs in the cloud`,
    load: async () => (await import('./delete.ts')).deleteCommand,
  },
  {
    name: 'fingerprint',
    summary: t`print the fingerprints of a key, in every dialect`,
    load: async () => (await import('./fingerprint.ts')).fingerprint,
  },
  {
    name: 'export',
    summary: t`write a key of this machine in another format`,
    load: async () => (await import('./export.ts')).exportCommand,
  },
  {
    name: 'passphrase',
    summary: t`set, change or remove the passphrase of a key of this machine`,
    load: async () => (await import('./passphrase.ts')).passphrase,
  },
  {
    name: 'agent',
    summary: t`add keys of this machine to the running ssh-agent, or remove them`,
    load: async () => (await import('./agent.ts')).agent,
  },
  {
    name: 'regions',
    summary: t`list the regions of the providers`,
    load: async () => (await import('./regions.ts')).regions,
  },
  {
    name: 'providers',
    summary: t`list the providers and what each can do`,
    load: async () => (await import('./providers.ts')).providers,
  },
  {
    name: 'auth',
    summary: t`store credentials, see what is found, forget them`,
    load: async () => (await import('./auth/auth.ts')).auth,
  },
  {
    name: 'config',
    summary: t`defaults and profiles: show them, set them`,
    load: async () => (await import('./config/config.ts')).config,
  },
  {
    name: 'doctor',
    summary: t`find what is wrong on this machine and between it and the cloud, and fix it`,
    load: async () => (await import('./doctor/doctor.ts')).doctor,
  },
  {
    name: 'trash',
    summary: t`key files that were put aside: list them, put them back, remove them for good`,
    load: async () => (await import('./trash.ts')).trash,
  },
  {
    name: 'sandbox',
    summary: t`the local stand-in cloud: serve it, look at it, empty it`,
    load: async () => (await import('./sandbox.ts')).sandbox,
  },
  {
    name: 'completion',
    summary: t`print a completion script for your shell`,
    load: async () => (await import('./completion.ts')).completion,
  },
];
