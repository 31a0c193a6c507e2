import { allPages } from '../pages.ts';
import { readCreated, readPage } from '../tencent-cloud/key-pair.ts';
import type { AdapterFactory, AdapterOptions, Provider } from '../types.ts';
import { callGateway } from './call.ts';
import type { Parameters } from './query-signature.ts';
import { service } from './service.ts';
import { readLegacyCreated, readLegacyPage } from './v2-answers.ts';

/** The v2 gateway of Tencent Cloud CVM: version 2017-03-12, the forerunner of API 3.0, or `v2` before it. */
export const adapt: AdapterFactory = (options) =>
  options.apiVersion === 'v2' ? legacy(options) : forerunner(options);

function forerunner(options: AdapterOptions): Provider {
  const version = ['Version', options.apiVersion] as const;
  return {
    async createKeyPair({ name, projectId }, signal) {
      const parameters: Parameters = [version, ['KeyName', name], ['ProjectId', String(projectId)]];
      return readCreated(
        await callGateway(options, 'CreateKeyPair', parameters, { changes: true, signal }),
        name,
      );
    },
    listKeyPairs({ name }, signal) {
      const filter: Parameters =
        name === undefined
          ? []
          : [
              // Lists of this version count from 1, those of API 3.0 from 0.
              ['Filters.1.Name', 'key-name'],
              ['Filters.1.Values.1', name],
            ];
      const fetchPage = async ({ offset }: { readonly offset: number }) => {
        const page: Parameters = [
          ['Offset', String(offset)],
          ['Limit', String(service.pageSize)],
        ];
        const parameters = [version, ...page, ...filter];
        return readPage(
          await callGateway(options, 'DescribeKeyPairs', parameters, { changes: false, signal }),
        );
      };
      return allPages(fetchPage, service.pageSize, name);
    },
  };
}

function legacy(options: AdapterOptions): Provider {
  return {
    async createKeyPair({ name }, signal) {
      const answer = await callGateway(options, 'CreateKeyPair', [['keyName', name]], {
        changes: true,
        signal,
      });
      return readLegacyCreated(answer, name);
    },
    listKeyPairs({ name }, signal) {
      const fetchPage = async ({ offset }: { readonly offset: number }) => {
        const parameters: Parameters = [
          ['offset', String(offset)],
          ['limit', String(service.pageSize)],
          ...(name === undefined ? [] : [['keyName', name] as const]),
        ];
        return readLegacyPage(
          await callGateway(options, 'DescribeKeyPairs', parameters, { changes: false, signal }),
        );
      };
      return allPages(fetchPage, service.pageSize, name);
    },
  };
}
