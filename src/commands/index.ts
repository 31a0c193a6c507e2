import type { CommandEntry } from './define.ts';

/** All commands in the order of the help: what they are called, what they do, where they live. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'create',
    summary: 'make a key pair in the cloud and save its private key',
    load: async () => (await import('./create.ts')).create,
  },
  {
    name: 'fingerprint',
    summary: 'print the fingerprints of a key, in every dialect',
    load: async () => (await import('./fingerprint.ts')).fingerprint,
  },
  {
    name: 'regions',
    summary: 'list the regions of the providers',
    load: async () => (await import('./regions.ts')).regions,
  },
  {
    name: 'providers',
    summary: 'list the providers and what each can do',
    load: async () => (await import('./providers.ts')).providers,
  },
  {
    name: 'sandbox',
    summary: 'the local stand-in cloud: serve it, look at it, empty it',
    load: async () => (await import('./sandbox.ts')).sandbox,
  },
  {
    name: 'completion',
    summary: 'print a completion script for your shell',
    load: async () => (await import('./completion.ts')).completion,
  },
];
