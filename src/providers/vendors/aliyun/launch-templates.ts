import { DescribeLaunchTemplatesRequest } from '@alicloud/ecs20140526/dist/models/DescribeLaunchTemplatesRequest.js';
import { DescribeLaunchTemplateVersionsRequest } from '@alicloud/ecs20140526/dist/models/DescribeLaunchTemplateVersionsRequest.js';
import { t, withNote } from '../../../i18n/t.ts';
import { allPages, type Page } from '../../paging.ts';
import { countOf, type Fields, fieldsOf, handledRows, lineOf, rowsOf, wordOf } from '../../parse.ts';
import type { KeyPairRef } from '../../types.ts';
import type { CallEcs } from './api.ts';

const PAGE_SIZE = 50;

/** A response has at most 1 MiB, and a version up to 32 KB of user data. */
const VERSIONS_PER_PAGE = 20;

/** The launch templates of ECS that name a key pair in any version: `lt-… (name)`. */
export async function launchTemplatesWith(
  call: CallEcs,
  regionId: string,
  { name }: KeyPairRef,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const fetchTemplates = async ({ number }: { readonly number: number }, pageSignal: AbortSignal) => {
    const model = new DescribeLaunchTemplatesRequest({ regionId, pageNumber: number, pageSize: PAGE_SIZE });
    const answer = await call('DescribeLaunchTemplates', model, { changes: false, signal: pageSignal });
    const set = fieldsOf(answer.fields['LaunchTemplateSets'])?.['LaunchTemplateSet'];
    const list = handledRows(set, 'LaunchTemplateId', (fields, id) => ({
      id,
      title: lineOf(fields['LaunchTemplateName']),
    }));
    if (list === null) throw answer.malformed(t`without a list of launch templates`);
    return { ...list, total: countOf(answer.fields['TotalCount']) };
  };
  const paging = { pageSize: PAGE_SIZE, numbered: true, keyOf: ({ id }: { readonly id: string }) => id, signal };
  const found: string[] = [];
  for await (const { id, title } of allPages(fetchTemplates, paging)) {
    for await (const { keyPair } of versionsOf(call, regionId, id, signal)) {
      if (keyPair !== name) continue;
      found.push(withNote(id, title));
      break;
    }
  }
  return found;
}

interface Version {
  readonly number: string;
  readonly keyPair: string | null;
}

function versionsOf(
  call: CallEcs,
  regionId: string,
  launchTemplateId: string,
  signal: AbortSignal,
): AsyncIterable<Version> {
  const fetchPage = async ({ number }: { readonly number: number }, pageSignal: AbortSignal) => {
    const model = new DescribeLaunchTemplateVersionsRequest({
      regionId,
      launchTemplateId,
      pageNumber: number,
      pageSize: VERSIONS_PER_PAGE,
    });
    const answer = await call('DescribeLaunchTemplateVersions', model, { changes: false, signal: pageSignal });
    const rows = rowsOf(fieldsOf(answer.fields['LaunchTemplateVersionSets'])?.['LaunchTemplateVersionSet']);
    if (rows === null) throw answer.malformed(t`without a list of launch template versions`);
    const page: Page<Version> = {
      rows: rows.length,
      items: rows.map((row) => readVersion(fieldsOf(row))),
      total: countOf(answer.fields['TotalCount']),
    };
    return page;
  };
  return allPages(fetchPage, {
    pageSize: VERSIONS_PER_PAGE,
    numbered: true,
    keyOf: (version) => version.number,
    signal,
  });
}

function readVersion(fields: Fields | null): Version {
  return {
    number: wordOf(fields?.['VersionNumber']) ?? '',
    keyPair: lineOf(fieldsOf(fields?.['LaunchTemplateData'])?.['KeyPairName']),
  };
}
