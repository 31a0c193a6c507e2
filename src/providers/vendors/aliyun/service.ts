import { t } from '../../../i18n/t.ts';
import type { Service } from '../../response.ts';
import type { PublicKeyRule, TagRule, TextRule } from '../../types.ts';

/** The page about an action is named after it. */
function pageOf(product: string, api: string, action: string): string {
  return `https://www.alibabacloud.com/help/en/${product}/developer-reference/api-${api}-${action.toLowerCase()}`;
}

function pagesOf(product: string, api: string, actions: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(actions.map((action) => [action, pageOf(product, api, action)]));
}

const ECS = ['ecs', 'ecs-2014-05-26'] as const;
const SWAS = ['simple-application-server', 'swas-open-2020-06-01'] as const;

/** Alibaba Cloud ECS, API of 2014-05-26. */
export const ecsService: Service = {
  id: 'aliyun',
  title: t`Alibaba Cloud ECS`,
  documentation: pageOf(...ECS, 'CreateKeyPair'),
  pages: pagesOf(...ECS, [
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
  ]),
  pageSize: 50,
  deleteBatch: 100,
  bindBatch: 50,
};

/** Alibaba Cloud Simple Application Server, API of 2020-06-01. */
export const swasService: Service = {
  id: 'swas',
  title: t`Alibaba Cloud Simple Application Server`,
  documentation: pageOf(...SWAS, 'CreateKeyPair'),
  pages: pagesOf(...SWAS, [
    'AttachKeyPair',
    'DeleteKeyPairs',
    'DescribeCloudAssistantAttributes',
    'DescribeInvocationResult',
    'DescribeInvocations',
    'DetachKeyPair',
    'ImportKeyPair',
    'ListInstances',
    'ListKeyPairs',
    'ListRegions',
    'RunCommand',
  ]),
  // The maximum is not documented; a region has at most ten pairs.
  pageSize: 10,
  deleteBatch: 50,
  bindBatch: 50,
};

/**
 * The rule for names of key pairs that ECS and Simple Application Server create (their pages on CreateKeyPair). It
 * excludes `http://`, since `/` is not allowed.
 */
function nameRuleOf(longest: number, sentence: string): TextRule {
  return {
    sentence,
    accepts: (text) => text.length <= longest && /^[A-Za-z][0-9A-Za-z:_-]+$/.test(text),
    suggest(text) {
      if (this.accepts(text)) return text;
      const legal = text
        .normalize('NFKD')
        // After NFKD, é is e plus an accent: keep the letter.
        .replaceAll(/\p{M}/gu, '')
        .replaceAll(/[^0-9A-Za-z:_-]+/g, '-')
        .replaceAll(/^-+|-+$/g, '');
      if (!/[0-9A-Za-z]/.test(legal)) return null;
      return (/^[A-Za-z]./.test(legal) ? legal : `key-${legal}`).slice(0, longest);
    },
  };
}

const LONGEST = 128;

/** ECS's rule for key pair names. */
export const nameRule = nameRuleOf(
  LONGEST,
  t`2 to 128 letters, digits, colons, underscores and hyphens, beginning with a letter`,
);

/** Simple Application Server's rule for key pair names. */
export const swasNameRule = nameRuleOf(
  64,
  t`2 to 64 letters, digits, colons, underscores and hyphens, beginning with a letter`,
);

/** ECS's rule for imported pairs (page on ImportKeyPair): also letters of any script, and periods. */
export const importNameRule: TextRule = {
  sentence: t`2 to 128 letters of any script, digits, periods, colons, underscores and hyphens, beginning with a letter`,
  accepts: (text) => /^\p{L}[\p{L}\p{N}.:_-]{1,127}$/u.test(text),
  suggest(text) {
    return this.accepts(text) ? text : nameRule.suggest(text);
  },
};

/**
 * The key types that ECS imports, from its SDK (ImportKeyPairRequest: rsa, dsa, ssh-rsa, ssh-dss, ecdsa). Simple
 * Application Server points to a page with its own list, which we have not seen: the same is assumed.
 */
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
