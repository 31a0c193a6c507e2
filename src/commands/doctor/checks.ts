import { clock } from './checks/clock.ts';
import { cloudOnly } from './checks/cloud-only.ts';
import { config } from './checks/config.ts';
import { credentials, keychain } from './checks/credentials.ts';
import { keyDirectory } from './checks/key-directory.ts';
import { keyFiles } from './checks/key-files.ts';
import { leftovers } from './checks/leftovers.ts';
import { localOnly } from './checks/local-only.ts';
import { network } from './checks/network.ts';
import { ownDirectories } from './checks/own-directories.ts';
import { services } from './checks/services.ts';
import { unfinished } from './checks/unfinished.ts';
import { weakKeys } from './checks/weak-keys.ts';
import type { Check } from './input.ts';

/** All checks in the order in which people read of them: this machine, the way to the services, the pairs. */
export const CHECKS: readonly Check[] = [
  config,
  keyDirectory,
  ownDirectories,
  keyFiles,
  weakKeys,
  leftovers,
  unfinished,
  network,
  credentials,
  keychain,
  services,
  clock,
  cloudOnly,
  localOnly,
];
