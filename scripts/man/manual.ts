import { COMMANDS } from '../../src/commands/index.ts';
import { GLOBAL_FLAGS } from '../../src/cli/spec.ts';
import { descriptors } from '../../src/providers/registry.ts';
import { manualPage } from './page.ts';

/** The manual page of this program: what scripts/manual.js writes as man/keypair.1. */
export function manual(): Promise<string> {
  return manualPage(COMMANDS, GLOBAL_FLAGS, descriptors);
}
