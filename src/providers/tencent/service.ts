import type { Service } from '../service.ts';

/** Tencent Cloud CVM, API 3.0 of 2017-03-12. */
export const service: Service = {
  id: 'tencent',
  title: 'Tencent Cloud CVM',
  documentation: 'https://cloud.tencent.com/document/api/213/15702',
  pageSize: 100,
  deleteBatch: 100,
  bindBatch: 100,
};
