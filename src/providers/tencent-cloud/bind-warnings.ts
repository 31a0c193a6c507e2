/** What CVM's AssociateInstancesKeyPairs does to an instance (https://cloud.tencent.com/document/api/213/15698). */
export const CVM_ATTACH_WARNING =
  'a running instance must be stopped for it: --force-stop turns it off hard and on again; the key replaces the one that the instance has, and login by password is turned off';

/** What CVM's DisassociateInstancesKeyPairs does to an instance (https://cloud.tencent.com/document/api/213/15697). */
export const CVM_DETACH_WARNING =
  'a running instance must be stopped for it: --force-stop turns it off hard and on again; afterwards only a password that was set before lets anybody in';
