/**
 * What attaching a key does to an instance of CVM or Lighthouse (https://cloud.tencent.com/document/api/213/15698,
 * https://cloud.tencent.com/document/api/1207/55547).
 */
export const ATTACH_WARNING =
  'the key that the instance has becomes invalid, and login by password is turned off';

/**
 * What detaching a key does to an instance of CVM or Lighthouse (https://cloud.tencent.com/document/api/213/15697,
 * https://cloud.tencent.com/document/api/1207/55548).
 */
export const DETACH_WARNING =
  'afterwards only a password that was set before lets anybody in: without one, nobody can log in by SSH';

/** What either does to a running instance of CVM. */
export const CVM_RUNNING_WARNING =
  'a running instance must be stopped for it: --force-stop turns it off hard and on again';
