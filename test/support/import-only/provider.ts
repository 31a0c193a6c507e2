import type { KeypairError } from '../../../src/errors.ts';
import type { HttpRequest } from '../../../src/http/types.ts';
import { inBatches } from '../../../src/providers/batches.ts';
import { allPages, identityOf, matching } from '../../../src/providers/paging.ts';
import { countOf, type Fields, fieldsOf, handledRows, lineOf, parseFields } from '../../../src/providers/parse.ts';
import {
  requireRequestId,
  type Answer,
  parseSuccess,
  type Call,
  refused,
  type Service,
  unreadable,
} from '../../../src/providers/response.ts';
import type { AdapterFactory, Descriptor, KeyPair, TextRule } from '../../../src/providers/types.ts';

/** A vendor that exists in this test only: it takes public keys, makes no key pairs, and knows its users by a bearer token. */
const service: Service = {
  id: 'acme',
  title: 'Acme Cloud',
  documentation: 'https://acme.example/api/keys',
  pages: {},
  pageSize: 2,
  deleteBatch: 1,
  bindBatch: 1,
};

const nameRule: TextRule = {
  sentence: '1 to 40 letters, digits and hyphens',
  accepts: (text) => /^[a-z\d-]{1,40}$/i.test(text),
  suggest: () => null,
};

/** What can be known without the adapter. */
export const acmeDescriptor: Descriptor = {
  ...service,
  aliases: ['acme-cloud'],
  vendor: 'acme',
  apiVersions: ['v1'],
  defaultRegion: 'eu-1',
  regions: ['eu-1', 'eu-2'],
  sites: ['intl'],
  host: (region) => `${region}.acme.example`,
  nameRule,
  isId: (text) => /^key-\d+$/.test(text),
  descriptionRule: null,
  publicKeyRule: { sentence: 'keys of every type', accepts: () => true },
  tagRule: null,
  abilities: {
    create: false,
    import: true,
    list: true,
    delete: true,
    rename: false,
    description: false,
    tag: false,
    retag: false,
    project: false,
    resourceGroup: false,
    attach: false,
    forceStop: false,
    online: false,
    instances: false,
    runCommand: false,
    launchTemplates: false,
  },
  signatureValidMs: 60_000,
  requestsPerSecond: null,
  otherRequestsPerSecond: null,
  attachWarning: '',
  detachWarning: '',
  runningWarning: '',
  stopsRunning: 'never',
  refusesNoChange: [],
  warning: null,
  load: () => Promise.resolve(adapt),
};

const adapt: AdapterFactory = (options) => {
  const call = async (
    action: string,
    request: Pick<HttpRequest, 'method' | 'body'> & { readonly path: string },
    signal: AbortSignal,
  ): Promise<Answer> => {
    const changes = request.method === 'POST';
    return options.limiter({ action, changes, signal }, async () => {
      const credentials = await options.credentials.current(signal);
      const about: Call = { service, action, changes, credentials, region: options.region, errors };
      const response = await options.send(
        {
          method: request.method,
          url: new URL(request.path, options.endpoint),
          headers: {
            authorization: `Bearer ${credentials.secret.reveal()}`,
            'content-type': 'application/json',
          },
          ...(request.body === undefined ? {} : { body: request.body }),
        },
        { signal, secrets: [credentials.secret] },
      );
      const fields = parseFields(response.body.toString('utf8'));
      const requestId = lineOf(response.headers['x-request-id']);
      if (fields === null) throw unreadable(about, response, requestId);
      if (response.status < 300) return parseSuccess(about, response, fields, requestId);
      throw refused(about, response, {
        code: lineOf(fields['code']) ?? '',
        message: fields['message'],
        requestId,
      });
    });
  };
  return {
    async importPublicKey({ name, publicKey }, signal) {
      const body = JSON.stringify({ name, publicKey });
      const answer = await call('ImportKey', { method: 'POST', path: '/v1/keys', body }, signal);
      const pair = readPair(fieldsOf(answer.fields['key']) ?? {}, name);
      if (pair.id === null) throw answer.malformed('without an id');
      return { pair, requestId: answer.requestId };
    },
    listKeyPairs(filter, signal) {
      const page = async ({ number }: { readonly number: number }, pageSignal: AbortSignal) => {
        const answer = await call('ListKeys', { method: 'GET', path: `/v1/keys?page=${number}` }, pageSignal);
        const list = handledRows(answer.fields['keys'], 'name', readPair);
        if (list === null) throw answer.malformed('without a list of keys');
        return { ...list, total: countOf(answer.fields['total']) };
      };
      return matching(
        allPages(page, { pageSize: service.pageSize, numbered: true, keyOf: identityOf, signal }),
        filter,
      );
    },
    deleteKeyPairs: (pairs, signal) =>
      inBatches(pairs, {
        size: 1,
        nameOf: ({ name }) => name,
        act: async ([pair]) => {
          const body = JSON.stringify({ id: pair?.id });
          requireRequestId(await call('DeleteKey', { method: 'POST', path: '/v1/keys/delete', body }, signal));
          return [null] satisfies (KeypairError | null)[];
        },
      }),
  };
};

const errors = {
  unauthorized: { code: 'AUTH', hint: 'check the token' },
  taken: { code: 'CONFLICT', hint: 'choose another name' },
} as const;

function readPair(fields: Fields, name: string): KeyPair {
  return {
    id: lineOf(fields['id']),
    name,
    publicKey: lineOf(fields['publicKey']),
    fingerprint: null,
    createdAt: null,
    description: null,
    projectId: null,
    tags: null,
    instances: null,
  };
}
