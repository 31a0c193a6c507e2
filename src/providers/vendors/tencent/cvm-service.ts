import type { Service } from '../../service.ts';

/** Tencent Cloud CVM, API 3.0 of 2017-03-12. */
export const cvmService: Service = {
  id: 'tencent',
  title: 'Tencent Cloud CVM',
  documentation: 'https://cloud.tencent.com/document/api/213/15702',
  pages: {
    AssociateInstancesKeyPairs: 'https://cloud.tencent.com/document/api/213/15698',
    DeleteKeyPairs: 'https://cloud.tencent.com/document/api/213/15700',
    DescribeInstances: 'https://cloud.tencent.com/document/api/213/15728',
    DescribeRegions: 'https://cloud.tencent.com/document/api/1596/77930',
    DescribeKeyPairs: 'https://cloud.tencent.com/document/api/213/15699',
    DisassociateInstancesKeyPairs: 'https://cloud.tencent.com/document/api/213/15697',
    ImportKeyPair: 'https://cloud.tencent.com/document/api/213/15703',
    ModifyKeyPairAttribute: 'https://cloud.tencent.com/document/api/213/15701',
  },
  pageSize: 100,
  deleteBatch: 100,
  bindBatch: 100,
};
