import { COMMANDS } from '../commands/index.ts';
import { GLOBAL_FLAGS } from '../global-flags.ts';
import { descriptors } from '../providers/registry.ts';
import { manualPage } from './page.ts';

/** The manual page of this program: what scripts/manual.js writes as man/keypair.1. */
export function manual(): Promise<string> {
  return manualPage(COMMANDS, GLOBAL_FLAGS, descriptors);
}
