import type {
  DescribeLaunchTemplatesRequest,
  DescribeLaunchTemplateVersionsRequest,
} from 'tencentcloud-sdk-nodejs/tencentcloud/services/cvm/v20170312/cvm_models.js';
import { t, withNote } from '../../../i18n/t.ts';
import { allPages, type Page } from '../../paging.ts';
import { countOf, type Fields, fieldsOf, handledRows, lineOf, rowsOf, textsOf, wordOf } from '../../parse.ts';
import type { KeyPairRef } from '../../types.ts';
import type { CallAction } from './api.ts';
import { cvmService, keyIdOf } from './services.ts';

const PAGE_SIZE = 100;

/** A response has at most 1 MiB, and a version up to 22 KB of user data. */
const VERSIONS_PER_PAGE = 30;

/** The launch templates of CVM that name a key pair in any version: `lt-… (name)`. */
export async function launchTemplatesWith(
  call: CallAction,
  pair: KeyPairRef,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const keyId = keyIdOf(pair, cvmService);
  const fetchTemplates = async ({ offset }: { readonly offset: number }, pageSignal: AbortSignal) => {
    const parameters: DescribeLaunchTemplatesRequest = { Offset: offset, Limit: PAGE_SIZE };
    const answer = await call('DescribeLaunchTemplates', parameters, { changes: false, signal: pageSignal });
    const list = handledRows(answer.fields['LaunchTemplateSet'], 'LaunchTemplateId', (fields, id) => ({
      id,
      title: lineOf(fields['LaunchTemplateName']),
      latest: countOf(fields['LatestVersionNumber']) ?? 0,
    }));
    if (list === null) throw answer.malformed(t`without a list of launch templates`);
    return { ...list, total: countOf(answer.fields['TotalCount']) };
  };
  const paging = { pageSize: PAGE_SIZE, numbered: false, keyOf: ({ id }: { readonly id: string }) => id, signal };
  const found: string[] = [];
  for await (const { id, title, latest } of allPages(fetchTemplates, paging)) {
    for await (const { keyIds } of versionsOf(call, id, latest, signal)) {
      if (!keyIds.includes(keyId)) continue;
      found.push(withNote(id, title));
      break;
    }
  }
  return found;
}

interface Version {
  readonly number: string;
  readonly keyIds: readonly string[];
}

/** The service's maximum version number if none is asked for. */
const DEFAULT_MAX_VERSION = 30;

function versionsOf(
  call: CallAction,
  LaunchTemplateId: string,
  latest: number,
  signal: AbortSignal,
): AsyncIterable<Version> {
  const range = { MinVersion: 0, MaxVersion: Math.max(latest, DEFAULT_MAX_VERSION) };
  const fetchPage = async ({ offset }: { readonly offset: number }, pageSignal: AbortSignal) => {
    const parameters: DescribeLaunchTemplateVersionsRequest = {
      LaunchTemplateId,
      ...range,
      Offset: offset,
      Limit: VERSIONS_PER_PAGE,
    };
    const answer = await call('DescribeLaunchTemplateVersions', parameters, { changes: false, signal: pageSignal });
    const rows = rowsOf(answer.fields['LaunchTemplateVersionSet']);
    if (rows === null) throw answer.malformed(t`without a list of launch template versions`);
    const page: Page<Version> = {
      rows: rows.length,
      items: rows.map((row) => readVersion(fieldsOf(row))),
      total: countOf(answer.fields['TotalCount']),
    };
    return page;
  };
  const paging = { pageSize: VERSIONS_PER_PAGE, numbered: false, keyOf: ({ number }: Version) => number, signal };
  return allPages(fetchPage, paging);
}

function readVersion(fields: Fields | null): Version {
  const login = fieldsOf(fieldsOf(fields?.['LaunchTemplateVersionData'])?.['LoginSettings']);
  return { number: wordOf(fields?.['LaunchTemplateVersion']) ?? '', keyIds: textsOf(login?.['KeyIds']) ?? [] };
}
