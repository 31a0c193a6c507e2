import { expect, test } from 'vitest';
import { Secret } from '../../../src/secret.ts';
import { refused, type Service } from '../../../src/providers/response.ts';
import { ecsService as aliyun, swasService as swas } from '../../../src/providers/vendors/aliyun/service.ts';
import {
  lighthouseService as lighthouse,
  legacyService as qcloud,
  cvmService as tencent,
} from '../../../src/providers/vendors/tencent/services.ts';

const services: readonly Service[] = [tencent, lighthouse, aliyun, swas, qcloud];

function hintsOf(service: Service, action: string, code: string): readonly string[] {
  const errors = { Known: { code: 'CONFLICT', hint: 'do this' } } as const;
  const credentials = { id: 'id', secret: new Secret('secret'), token: null };
  const call = { service, action, changes: false, credentials, errors };
  const response = { status: 400, headers: {}, body: Buffer.from('{}') };
  return refused(call, response, { code, message: 'no', requestId: null }).hints;
}

test.each(services)('errors of $id lead to the page on their action, once', (service) => {
  expect(Object.keys(service.pages)).not.toEqual([]);
  for (const [action, page] of Object.entries(service.pages)) {
    expect(page).toMatch(/^https:\/\/(cloud\.tencent|www\.alibabacloud)\.com\/\S+$/);
    expect(hintsOf(service, action, 'Known')).toEqual(['do this', `see ${page}`]);
    expect(hintsOf(service, action, 'New')).toEqual([`look the code up at ${page}`]);
  }
  expect(new Set(Object.values(service.pages)).size).toBe(Object.keys(service.pages).length);
});

test.each(services)('and those of $id without a page of their own to the first', (service) => {
  for (const action of ['CreateKeyPair', 'Brandnew', 'constructor'])
    expect(hintsOf(service, action, 'Known')).toEqual(['do this', `see ${service.documentation}`]);
});
