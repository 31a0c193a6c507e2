import { t } from '../../../i18n/t.ts';
import type { Service } from '../../response.ts';

/** Tencent Cloud CVM, API 3.0 of 2017-03-12. */
export const cvmService: Service = {
  id: 'tencent',
  title: t`Tencent Cloud CVM`,
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

/** Tencent Lighthouse, API 3.0 of 2020-03-24. */
export const lighthouseService: Service = {
  id: 'lighthouse',
  title: t`Tencent Lighthouse`,
  documentation: 'https://cloud.tencent.com/document/api/1207/55543',
  pages: {
    DescribeInstances: 'https://cloud.tencent.com/document/api/1207/47573',
    DescribeRegions: 'https://cloud.tencent.com/document/api/1207/55555',
    DescribeKeyPairs: 'https://cloud.tencent.com/document/api/1207/55540',
  },
  pageSize: 100,
  deleteBatch: 10,
  bindBatch: 100,
};

/** Tencent Cloud CVM by the gateway before API 3.0. */
export const legacyService: Service = {
  id: 'qcloud',
  title: t`Tencent Cloud CVM (retired v2 gateway)`,
  documentation: 'https://cloud.tencent.com/document/api/213/9400',
  pages: {
    DescribeInstances: 'https://cloud.tencent.com/document/api/213/9388',
    DescribeKeyPairs: 'https://cloud.tencent.com/document/api/213/9403',
    ImportKeyPair: 'https://cloud.tencent.com/document/product/213/1945',
  },
  pageSize: 100,
  deleteBatch: 100,
  bindBatch: 100,
};
