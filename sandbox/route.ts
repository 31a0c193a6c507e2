import type { Actions } from './actions/action.ts';
import { ALIYUN_STS_ACTIONS } from './actions/aliyun-sts.ts';
import { CVM_ACTIONS } from './actions/cvm.ts';
import { ECS_ACTIONS } from './actions/ecs.ts';
import { LEGACY_ACTIONS } from './actions/legacy.ts';
import { LIGHTHOUSE_ACTIONS } from './actions/lighthouse.ts';
import { ALIYUN_METADATA, TENCENT_METADATA } from './actions/metadata.ts';
import { SWAS_ACTIONS } from './actions/swas.ts';
import { TAT_ACTIONS } from './actions/tat.ts';
import { TENCENT_REGION_ACTIONS } from './actions/tencent-regions.ts';
import { TENCENT_STS_ACTIONS } from './actions/tencent-sts.ts';
import { TENCENT_TAG_ACTIONS } from './actions/tencent-tags.ts';
import { aliyunSts, ecs, swas } from './protocols/aliyun-products.ts';
import { cvmV2, legacy } from './protocols/tencent-v2.ts';
import type { Protocol, IncomingRequest } from './protocols/protocol.ts';
import { metadata, metadataVendor } from './protocols/metadata-service.ts';
import { cvm, lighthouse, tat, tencentRegion, tencentSts, tencentTag } from './protocols/tencent-products.ts';
import { header, parseForm, type Form, type RawRequest } from './wire.ts';

/** The protocol and the actions for a request. */
export interface Route {
  readonly protocol: Protocol;
  readonly actions: Actions;
}

const ROUTES = {
  cvm: { protocol: cvm, actions: CVM_ACTIONS },
  lighthouse: { protocol: lighthouse, actions: LIGHTHOUSE_ACTIONS },
  'cvm-v2': { protocol: cvmV2, actions: CVM_ACTIONS },
  legacy: { protocol: legacy, actions: LEGACY_ACTIONS },
  tat: { protocol: tat, actions: TAT_ACTIONS },
  'tencent-region': { protocol: tencentRegion, actions: TENCENT_REGION_ACTIONS },
  'tencent-tag': { protocol: tencentTag, actions: TENCENT_TAG_ACTIONS },
  'tencent-sts': { protocol: tencentSts, actions: TENCENT_STS_ACTIONS },
  ecs: { protocol: ecs, actions: ECS_ACTIONS },
  swas: { protocol: swas, actions: SWAS_ACTIONS },
  'aliyun-sts': { protocol: aliyunSts, actions: ALIYUN_STS_ACTIONS },
} as const satisfies Record<string, Route>;

const METADATA = {
  tencent: { protocol: metadata('tencent'), actions: TENCENT_METADATA },
  aliyun: { protocol: metadata('aliyun'), actions: ALIYUN_METADATA },
} as const satisfies Record<string, Route>;

/** Parses the parameters of the query and of a form body. */
export function parseIncoming(request: RawRequest): IncomingRequest {
  const query = parseForm(request.query);
  const isForm = header(request, 'content-type').startsWith('application/x-www-form-urlencoded');
  const body = isForm ? parseForm(request.body.toString()) : new Map<string, string>();
  const form: Form = new Map([...(query ?? []), ...(body ?? [])]);
  // A name in both places is a duplicate.
  const wellFormed = query !== null && body !== null && form.size === query.size + body.size;
  return { request, form, wellFormed };
}

/** Finds the route by host, path, signature and version; null for an unknown path. */
export function routeOf(incoming: IncomingRequest): Route | null {
  const { request, form } = incoming;
  const instance = metadataVendor(incoming);
  if (instance !== null) return METADATA[instance];
  if (request.path === '/v2/index.php') return form.has('Version') ? ROUTES['cvm-v2'] : ROUTES.legacy;
  if (request.path !== '/') return null;
  const authorization = header(request, 'authorization');
  const host = header(request, 'host');
  if (/^(TC3-|SKIP$)/.test(authorization)) {
    return tencent(header(request, 'x-tc-version'), host, header(request, 'x-tc-action'));
  }
  const version = form.get('Version') ?? '';
  const acs3 = header(request, 'x-acs-version');
  const rpc = form.has('AccessKeyId') || form.has('SignatureVersion') || version === ALIYUN_STS;
  const aliyunHost = /\.aliyuncs\.com(:\d+)?$|^ecs\.([a-z0-9-]+\.)*localhost(:\d+)?$/i.test(host);
  if (authorization.startsWith('ACS3-') || acs3 !== '' || rpc || aliyunHost) {
    return aliyun(authorization === '' ? version || acs3 : acs3, host);
  }
  return tencent(version, host, form.get('Action') ?? '');
}

/** The version of Alibaba's STS. Nothing else identifies an unsigned request. */
const ALIYUN_STS = '2015-04-01';

/** Finds the product by version, or by the first label of the host if the version is unknown. */
function tencent(version: string, host: string, action: string): Route {
  const label = host.split('.')[0]?.toLowerCase();
  // STS and the tags have the same version. On loopback, the action tells them apart.
  const isTag = label === 'tag' || (label !== 'sts' && TENCENT_TAG_ACTIONS.has(action));
  const byVersion = new Map<string, Route>([
    ['2017-03-12', ROUTES.cvm],
    ['2020-03-24', ROUTES.lighthouse],
    ['2020-10-28', ROUTES.tat],
    ['2018-08-13', ROUTES[isTag ? 'tencent-tag' : 'tencent-sts']],
    ['2022-06-27', ROUTES['tencent-region']],
  ]);
  const byHost = new Map<string | undefined, Route>([
    ['sts', ROUTES['tencent-sts']],
    ['tag', ROUTES['tencent-tag']],
    ['lighthouse', ROUTES.lighthouse],
    ['tat', ROUTES.tat],
    ['region', ROUTES['tencent-region']],
  ]);
  return byVersion.get(version) ?? byHost.get(label) ?? ROUTES.cvm;
}

function aliyun(version: string, host: string): Route {
  const byVersion = new Map<string, Route>([
    ['2014-05-26', ROUTES.ecs],
    ['2020-06-01', ROUTES.swas],
    [ALIYUN_STS, ROUTES['aliyun-sts']],
  ]);
  const byHost = /^sts[.-]/.test(host) ? ROUTES['aliyun-sts'] : /^swas[.-]/.test(host) ? ROUTES.swas : ROUTES.ecs;
  return byVersion.get(version) ?? byHost;
}
