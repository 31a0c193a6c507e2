import { t } from '../../../i18n/t.ts';
import type { Service } from '../../response.ts';
import type { PublicKeyRule, TagRule, TextRule } from '../../types.ts';

/** The page about an action is named after it. */
const page = (action: string): string =>
  `https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-${action.toLowerCase()}`;

/** Alibaba Cloud ECS, API of 2014-05-26. */
export const ecsService: Service = {
  id: 'aliyun',
  title: t`Alibaba Cloud ECS`,
  documentation: page('CreateKeyPair'),
  pages: Object.fromEntries(
    [
      'AttachKeyPair',
      'DeleteKeyPairs',
      'DescribeCloudAssistantStatus',
      'DescribeInstances',
      'DescribeInvocationResults',
      'DescribeKeyPairs',
      'DescribeLaunchTemplates',
      'DescribeLaunchTemplateVersions',
      'DescribeRegions',
      'DetachKeyPair',
      'ImportKeyPair',
      'RunCommand',
      'TagResources',
      'UntagResources',
    ].map((action) => [action, page(action)]),
  ),
  pageSize: 50,
  deleteBatch: 100,
  bindBatch: 50,
};

const LONGEST = 128;

/** ECS's rule for key pair names (page on CreateKeyPair). It excludes `http://`, since `/` is not allowed. */
export const nameRule: TextRule = {
  sentence: t`2 to 128 letters, digits, colons, underscores and hyphens, beginning with a letter`,
  accepts: (text) => /^[A-Za-z][0-9A-Za-z:_-]{1,127}$/.test(text),
  suggest(text) {
    if (this.accepts(text)) return text;
    const legal = text
      .normalize('NFKD')
      // After NFKD, é is e plus an accent: keep the letter.
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[^0-9A-Za-z:_-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '');
    if (!/[0-9A-Za-z]/.test(legal)) return null;
    return (/^[A-Za-z]./.test(legal) ? legal : `key-${legal}`).slice(0, LONGEST);
  },
};

/** ECS's rule for imported pairs (page on ImportKeyPair): also letters of any script, and periods. */
export const importNameRule: TextRule = {
  sentence: t`2 to 128 letters of any script, digits, periods, colons, underscores and hyphens, beginning with a letter`,
  accepts: (text) => /^\p{L}[\p{L}\p{N}.:_-]{1,127}$/u.test(text),
  suggest(text) {
    return this.accepts(text) ? text : nameRule.suggest(text);
  },
};

/** The key types that ECS imports, from its SDK (ImportKeyPairRequest: rsa, dsa, ssh-rsa, ssh-dss, ecdsa). */
export const publicKeyRule: PublicKeyRule = {
  sentence: t`RSA, DSA and ECDSA keys, but no Ed25519`,
  accepts: (keyType) => keyType !== 'ed25519',
};

/** ECS's rule for tags (page on CreateKeyPair). */
export const tagRule: TagRule = {
  max: 20,
  problem(key, value) {
    if (key === '' || Array.from(key).length > LONGEST) return t`a tag's key has 1 to ${LONGEST} characters`;
    if (Array.from(value).length > LONGEST) return t`a tag's value has at most ${LONGEST} characters`;
    if (/^(?:aliyun|acs:)/.test(key)) return t`tag keys that begin with aliyun or acs: are reserved`;
    if (value.startsWith('acs:')) return t`tag values that begin with acs: are reserved`;
    if (/https?:\/\//.test(key) || /https?:\/\//.test(value)) return t`a tag cannot contain http:// or https://`;
    return null;
  },
};
