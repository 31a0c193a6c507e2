import { KeypairError } from '../../../errors.ts';
import { t } from '../../../i18n/t.ts';
import type { Service } from '../../response.ts';
import type { KeyPairRef, PublicKeyRule, TagRule, TextRule } from '../../types.ts';

/** Tencent Cloud CVM, API 3.0 of 2017-03-12. */
export const cvmService: Service = {
  id: 'tencent',
  title: t`Tencent Cloud CVM`,
  documentation: 'https://cloud.tencent.com/document/api/213/15702',
  pages: {
    AssociateInstancesKeyPairs: 'https://cloud.tencent.com/document/api/213/15698',
    DeleteKeyPairs: 'https://cloud.tencent.com/document/api/213/15700',
    DescribeInstances: 'https://cloud.tencent.com/document/api/213/15728',
    DescribeLaunchTemplates: 'https://cloud.tencent.com/document/api/213/66322',
    DescribeLaunchTemplateVersions: 'https://cloud.tencent.com/document/api/213/66323',
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

/** Tencent Cloud CVM over the v2 gateway, the predecessor of API 3.0. */
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

/** TencentCloud Automation Tools, API 3.0 of 2020-10-28: the agent on the instances of CVM or Lighthouse. */
export function tatService(service: Service): Service {
  return {
    ...service,
    title: t`Tencent Cloud TAT`,
    documentation: 'https://cloud.tencent.com/document/api/1340/52676',
    pages: {
      DescribeAutomationAgentStatus: 'https://cloud.tencent.com/document/api/1340/52682',
      DescribeInvocations: 'https://cloud.tencent.com/document/api/1340/52679',
    },
  };
}

/**
 * The endpoint of another product of the same site, such as `tat.intl.tencentcloudapi.com`; the region service has no
 * host for a region. An endpoint that is not the vendor's serves all products.
 */
export function endpointOf(product: 'region' | 'tag' | 'tat', endpoint: URL): URL {
  const own = /^(?:cvm|lighthouse)(\.intl)?(\.[a-z0-9-]+)?\.tencentcloudapi\.com$/.exec(endpoint.hostname);
  if (own === null) return endpoint;
  const [, site = '', region = ''] = own;
  const url = new URL(endpoint);
  url.hostname = `${product}${site}${product === 'region' ? '' : region}.tencentcloudapi.com`;
  return url;
}

const LONGEST_NAME = 25;

/**
 * The name rule of every Tencent interface: at most 25 of 0-9, A-Z, a-z and `_` (CreateKeyPair of CVM and Lighthouse).
 * The v2 document gives the characters but no length; we use 25, the limit of all other interfaces to the same account.
 */
export const nameRule: TextRule = {
  sentence: t`1 to 25 letters, digits and underscores`,
  accepts: (text) => /^[0-9A-Za-z_]{1,25}$/.test(text),
  suggest(text) {
    if (this.accepts(text)) return text;
    const legal = text
      .normalize('NFKD')
      // After NFKD, é is e plus an accent: keep the letter.
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[^0-9A-Za-z_]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .replaceAll('-', '_')
      .slice(0, LONGEST_NAME);
    return /[0-9A-Za-z]/.test(legal) ? legal : null;
  },
};

const LONGEST_DESCRIPTION = 60;

/** CVM's rule for descriptions (ModifyKeyPairAttribute): any text of at most 60 characters. We allow only one line. */
export const descriptionRule: TextRule = {
  sentence: t`at most 60 characters on one line`,
  accepts: (text) => Array.from(text).length <= LONGEST_DESCRIPTION && !/\p{Cc}/u.test(text),
  suggest: (text) =>
    Array.from(text.replaceAll(/\p{Cc}+/gu, ' '))
      .slice(0, LONGEST_DESCRIPTION)
      .join('')
      .trim() || null,
};

/** Tencent Cloud imports `OpenSSH RSA` (ImportKeyPair of CVM and Lighthouse); no document gives a size. */
export const publicKeyRule: PublicKeyRule = {
  sentence: t`RSA keys only`,
  accepts: (keyType) => keyType === 'rsa',
};

/**
 * Tencent Cloud's rule for tags (https://www.tencentcloud.com/document/product/651/13354): keys have 1 to 127
 * characters, values 1 to 255; one request sets at most 10.
 */
export const tagRule: TagRule = {
  max: 10,
  problem(key, value) {
    if (/^(?:qcs:|project|项目)/.test(key)) return t`tag keys that begin with qcs:, project or 项目 are reserved`;
    return tagPartProblem(t`a tag's key`, key, 127) ?? tagPartProblem(t`a tag's value`, value, 255);
  },
};

function tagPartProblem(what: string, text: string, longest: number): string | null {
  const length = Array.from(text).length;
  if (length < 1 || length > longest) return t`${what} has 1 to ${longest} characters`;
  if (text !== text.trim()) return t`${what} does not begin or end with a space`;
  if (!/^[\p{L}\p{N}+\-=._:/@()[\],;><（）【】：＋－＝／＠ ]*$/u.test(text))
    return t`${what} has letters, digits, inner spaces and + - = . _ : / @ ( ) [ ] , ; > <`;
  return null;
}

/** Tags in the spelling of Tencent Cloud's requests. */
export function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Whether a text has the shape of a key pair id of CVM (`skey-…`) or Lighthouse (`lhkp-…`). Names have no hyphen. */
export function isKeyId(text: string): boolean {
  return /^(?:skey|lhkp)-[0-9a-z]+$/.test(text);
}

/** Whether a text has the shape of an instance id of CVM (`ins-…`) or Lighthouse (`lhins-…`). */
export function isInstanceId(text: string): boolean {
  return /^(?:lh)?ins-[0-9a-z]{8,}$/.test(text);
}

/**
 * The id by which Tencent Cloud identifies the pair.
 *
 * @throws KeypairError `NOT_FOUND` if the service returned none.
 */
export function keyIdOf({ id, name }: KeyPairRef, service: Service): string {
  if (id !== null) return id;
  throw new KeypairError('NOT_FOUND', t`${service.title} identifies key pairs by id, and returned none for ${name}`, {
    provider: service.id,
  });
}
