import { ecsDescriptor as aliyun, swasDescriptor as swas } from '../../../src/providers/vendors/aliyun/descriptor.ts';
import { ecsErrors as aliyunErrors, swasErrors } from '../../../src/providers/vendors/aliyun/errors.ts';
import type { ErrorTable } from '../../../src/providers/response.ts';
import {
  lighthouseDescriptor as lighthouse,
  legacyDescriptor as qcloud,
  cvmDescriptor as tencent,
} from '../../../src/providers/vendors/tencent/descriptors.ts';
import {
  lighthouseErrors as lighthouseErrors,
  cvmErrors as tencentErrors,
} from '../../../src/providers/vendors/tencent/errors.ts';
import { errors as qcloudErrors, NUMBERS } from '../../../src/providers/vendors/tencent/legacy-v2/errors.ts';
import type { Descriptor } from '../../../src/providers/types.ts';
import type { Reply } from './fake-service.ts';

/** One of the six interfaces, as its documents show its answers. */
export interface Interface {
  readonly label: string;
  readonly descriptor: Descriptor;
  readonly apiVersion: string;
  readonly table: ErrorTable;
  /** Whether answers carry a request id. */
  readonly requestIds: boolean;
  refusal(code: string, message: string): Reply;
  created(privateKey: unknown, name?: unknown): Reply;
  page(names: readonly string[], total: unknown): Reply;
  /** An answer to ImportKeyPair; undefined leaves the handle out. */
  imported(handle: unknown): Reply;
  /** Success where the answer holds nothing else. */
  readonly done: Reply;
  /** An answer to deleting: per pair where the service tells, else success. */
  deleted(handles: readonly string[]): Reply;
  /** An answer to attaching and detaching. */
  bound(instances: readonly string[]): Reply;
  /** The codes of a pair that is bound, and of one that is not there. */
  readonly inUse: string;
  readonly absent: string;
  readonly throttled: string;
  readonly denied: string;
}

export const REQUEST_ID = '6ef60bec-0242-43af-bb20-270359fb54a7';

const done: Reply = { body: { Response: { RequestId: REQUEST_ID } } };

const cloudApi = {
  requestIds: true,
  imported: (KeyId: unknown): Reply => ({ body: { Response: { KeyId, RequestId: REQUEST_ID } } }),
  done,
  deleted: () => done,
  bound: () => done,
  inUse: 'InvalidParameterValue.KeyPairNotSupported',
  absent: 'InvalidKeyPairId.NotFound',
  throttled: 'RequestLimitExceeded',
  denied: 'AuthFailure.UnauthorizedOperation',
  refusal: (Code: string, Message: string): Reply => ({
    body: { Response: { Error: { Code, Message }, RequestId: REQUEST_ID } },
  }),
  created: (PrivateKey: unknown, KeyName: unknown = 'Tencent'): Reply => ({
    body: {
      Response: {
        KeyPair: {
          KeyId: 'skey-mv9yzyjj',
          KeyName,
          ProjectId: 0,
          PublicKey: 'ssh-rsa AAAA skey_1',
          PrivateKey,
        },
        RequestId: REQUEST_ID,
      },
    },
  }),
  page: (names: readonly string[], TotalCount: unknown): Reply => ({
    body: {
      Response: {
        TotalCount,
        KeyPairSet: names.map((KeyName) => ({ KeyId: `skey-${KeyName}`, KeyName })),
        RequestId: REQUEST_ID,
      },
    },
  }),
};

const aliyunApi: Interface = {
  label: 'aliyun',
  descriptor: aliyun,
  apiVersion: '2014-05-26',
  table: aliyunErrors,
  requestIds: true,
  imported: (KeyPairName) => ({
    body: { KeyPairName, KeyPairFingerPrint: '89:f0:ba:62', RequestId: REQUEST_ID },
  }),
  done: { body: { RequestId: REQUEST_ID } },
  deleted: () => ({ body: { RequestId: REQUEST_ID } }),
  bound: (instances) => ({
    body: {
      TotalCount: String(instances.length),
      FailCount: '0',
      RequestId: REQUEST_ID,
      Results: {
        Result: instances.map((InstanceId) => ({
          InstanceId,
          Code: '200',
          Message: 'successful',
          Success: 'true',
        })),
      },
    },
  }),
  inUse: 'InvalidParameter.KeypairAlreadyAttachedInstance',
  absent: 'InvalidKeyPair.NotFound',
  throttled: 'Throttling.User',
  denied: 'Forbidden.RAM',
  refusal: (Code, Message) => ({
    status: 400,
    body: { RequestId: REQUEST_ID, HostId: 'ecs.aliyuncs.com', Code, Message, Recommend: 'https://…' },
  }),
  created: (PrivateKeyBody, KeyPairName = 'Tencent') => ({
    body: {
      PrivateKeyBody,
      KeyPairName,
      KeyPairId: 'ssh-bp67acfmxazb4p****',
      KeyPairFingerPrint: '89:f0:ba:62',
      RequestId: REQUEST_ID,
    },
  }),
  page: (names, TotalCount) => ({
    body: {
      TotalCount,
      KeyPairs: { KeyPair: names.map((KeyPairName) => ({ KeyPairName })) },
      RequestId: REQUEST_ID,
    },
  }),
};

export const INTERFACES: readonly Interface[] = [
  { ...cloudApi, label: 'tencent', descriptor: tencent, apiVersion: '2017-03-12', table: tencentErrors },
  {
    ...cloudApi,
    label: 'lighthouse',
    descriptor: lighthouse,
    apiVersion: '2020-03-24',
    table: lighthouseErrors,
    inUse: 'ResourceInUse.KeyPairInUse',
    absent: 'ResourceNotFound.KeyIdNotFound',
  },
  aliyunApi,
  {
    ...cloudApi,
    label: 'qcloud 2017-03-12',
    descriptor: qcloud,
    apiVersion: '2017-03-12',
    table: qcloudErrors,
  },
  {
    label: 'qcloud v2',
    descriptor: qcloud,
    apiVersion: 'v2',
    table: NUMBERS,
    requestIds: false,
    imported: (keyId) => ({ body: { code: 0, message: '', keyId } }),
    done: { body: { codeDesc: 'Success', message: '', code: 0, data: [] } },
    deleted: (handles) => ({
      body: {
        code: 0,
        detail: { deleteKeySet: handles.map((keyId) => ({ code: 0, message: 'success', keyId })) },
      },
    }),
    bound: () => ({ body: { code: 0, message: '' } }),
    inUse: '5100',
    absent: '5000',
    throttled: '4400',
    denied: '4102',
    refusal: (code, message) => ({ body: { code: Number(code), message, codeDesc: 'Failure' } }),
    created: (secretkey, keyName = 'Tencent') => ({
      body: {
        codeDesc: 'Success',
        message: '',
        code: 0,
        data: { secretkey, pubkey: 'ssh-rsa AAAA skey_1', keyId: 'skey-mv9yzyjj', keyName },
      },
    }),
    page: (names, totalCount) => ({
      body: {
        code: 0,
        message: '',
        data: { totalCount, sshSet: names.map((keyName) => ({ keyId: `skey-${keyName}`, keyName })) },
      },
    }),
  },
  {
    ...aliyunApi,
    label: 'swas',
    descriptor: swas,
    apiVersion: '2020-06-01',
    table: swasErrors,
    imported: (KeyPairName) => ({ body: { KeyPairName, RequestId: REQUEST_ID } }),
    bound: (instances) => ({
      body: {
        TotalCount: instances.length,
        FailCount: 0,
        RequestId: REQUEST_ID,
        Results: instances.map((InstanceId) => ({ InstanceId, Code: '200', Message: 'success', Success: 'True' })),
      },
    }),
    created: (PrivateKeyBody, KeyPairName = 'Tencent') => ({
      body: { PrivateKeyBody, KeyPairName, RequestId: REQUEST_ID },
    }),
    page: (names, TotalCount) => ({
      body: { TotalCount, KeyPairs: names.map((KeyPairName) => ({ KeyPairName })), RequestId: REQUEST_ID },
    }),
  },
];
