import { loadProfile, profileNames } from '../../config/load.ts';
import { type ConfigContext, setConfigValue } from '../../config/write.ts';
import type { Vendor } from '../../providers/credentials.ts';

/** Where a login may be. */
export type StoreKind = 'keychain' | 'file';

/** Where each profile's logins are, which is not secret: it stands in the configuration. */
export interface LoginRegister {
  /** @throws KeypairError `USAGE` for a configuration that cannot be read. */
  of(profile: string): Promise<Readonly<Partial<Record<Vendor, StoreKind>>>>;
  /**
   * @param kind null to forget it.
   * @throws KeypairError `USAGE` for a configuration that cannot be read or written.
   */
  set(profile: string, vendor: Vendor, kind: StoreKind | null): Promise<void>;
}

/** The register in the configuration: `profiles.<name>.logins.<vendor>`. */
export function configuredLogins(world: ConfigContext): LoginRegister {
  return {
    of: async (profile) => {
      if (!(await profileNames(world)).includes(profile)) return {};
      return (await loadProfile(world, profile, () => undefined)).logins;
    },
    set: (profile, vendor, kind) =>
      setConfigValue(world, ['profiles', profile, 'logins', vendor], kind ?? undefined),
  };
}
