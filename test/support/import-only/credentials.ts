import type { VendorData } from '../../../src/credentials/vendor.ts';

/** The credentials of a vendor that has bearer tokens, no roles, no metadata service, and no files. */
export const acme: VendorData = {
  id: 'acme',
  title: 'Acme',
  key: { id: null, secret: 'token' },
  keyVariables: [{ id: null, secret: 'ACME_TOKEN', tokens: [] }],
  regionVariables: ['ACME_REGION'],
  ambiguousRegionVariables: [],
  webIdentity: null,
  roles: null,
  sts: null,
  metadata: null,
  clockToleranceMs: 60_000,
  files: () => Promise.resolve([]),
  fileRegion: () => Promise.resolve(null),
};
