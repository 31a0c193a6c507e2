import { CVM_REGIONS, LIGHTHOUSE_REGIONS } from '../regions.ts';
import type { Protocol } from './protocol.ts';
import { tencentV3 } from './tencent-v3.ts';

/** CVM API 3.0, 2017-03-12. */
export const cvm: Protocol = tencentV3({
  id: 'cvm',
  product: 'cvm',
  version: '2017-03-12',
  regions: CVM_REGIONS,
  service: 'cvm',
  unsigned: new Set(),
});

/** Lighthouse API 3.0, 2020-03-24. */
export const lighthouse: Protocol = tencentV3({
  id: 'lighthouse',
  product: 'lighthouse',
  version: '2020-03-24',
  regions: LIGHTHOUSE_REGIONS,
  service: 'lighthouse',
  unsigned: new Set(),
});

/** TAT API 3.0, 2020-10-28: scripts on instances of CVM and Lighthouse. Its regions are CVM's (a guess). */
export const tat: Protocol = tencentV3({
  id: 'tat',
  product: 'tat',
  version: '2020-10-28',
  regions: CVM_REGIONS,
  service: null,
  unsigned: new Set(),
});

/** STS API 3.0, 2018-08-13. Its regions are not documented; these are CVM's. */
export const tencentSts: Protocol = tencentV3({
  id: 'tencent-sts',
  product: 'sts',
  version: '2018-08-13',
  regions: CVM_REGIONS,
  service: null,
  unsigned: new Set(['AssumeRoleWithWebIdentity']),
});

/** Tags of all products, API 3.0, 2018-08-13, the version of STS. */
export const tencentTag: Protocol = tencentV3({
  id: 'tencent-tag',
  product: 'tag',
  version: '2018-08-13',
  regions: CVM_REGIONS,
  service: null,
  unsigned: new Set(),
});

/** The regions of all products, API 3.0, 2022-06-27. */
export const tencentRegion: Protocol = tencentV3({
  id: 'tencent-region',
  product: 'region',
  version: '2022-06-27',
  regions: CVM_REGIONS,
  service: null,
  unsigned: new Set(),
});
