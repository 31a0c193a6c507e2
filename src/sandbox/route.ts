import type { Actions } from './actions/action.ts';
import { CVM_ACTIONS } from './actions/cvm.ts';
import { ECS_ACTIONS } from './actions/ecs.ts';
import { LEGACY_ACTIONS } from './actions/legacy.ts';
import { LIGHTHOUSE_ACTIONS } from './actions/lighthouse.ts';
import { cvmV2 } from './gateways/cvm-v2.ts';
import { ecs } from './gateways/ecs.ts';
import type { Gateway, Visit } from './gateways/gateway.ts';
import { legacy } from './gateways/legacy.ts';
import { tencentV3 } from './gateways/tencent-v3.ts';
import { header, parseForm, type Form, type RawRequest } from './wire.ts';

/** The gateway that a request is for, and the actions behind it. */
export interface Route {
  readonly gateway: Gateway;
  readonly actions: Actions;
}

const ROUTES = {
  cvm: { gateway: tencentV3('cvm'), actions: CVM_ACTIONS },
  lighthouse: { gateway: tencentV3('lighthouse'), actions: LIGHTHOUSE_ACTIONS },
  'cvm-v2': { gateway: cvmV2, actions: CVM_ACTIONS },
  legacy: { gateway: legacy, actions: LEGACY_ACTIONS },
  ecs: { gateway: ecs, actions: ECS_ACTIONS },
} as const satisfies Record<string, Route>;

/** Finds a request's parameters, wherever it carries them. */
export function visitOf(request: RawRequest): Visit {
  const query = parseForm(request.query);
  const isForm = header(request, 'content-type').startsWith('application/x-www-form-urlencoded');
  const body = isForm ? parseForm(request.body.toString()) : new Map<string, string>();
  const form: Form = new Map([...(query ?? []), ...(body ?? [])]);
  // A name in both places would be two parameters of one name.
  const wellFormed = query !== null && body !== null && form.size === query.size + body.size;
  return { request, form, wellFormed };
}

/** Tells the five interfaces apart by path, signature and version; null for a path that none of them has. */
export function routeOf({ request, form }: Visit): Route | null {
  if (request.path === '/v2/index.php') return form.has('Version') ? ROUTES['cvm-v2'] : ROUTES.legacy;
  if (request.path !== '/') return null;
  const authorization = header(request, 'authorization');
  const host = header(request, 'host');
  if (authorization.startsWith('TC3-')) return tencent(header(request, 'x-tc-version'), host);
  const rpc = form.has('AccessKeyId') || form.has('SignatureVersion');
  if (authorization.startsWith('ACS3-') || rpc || /\.aliyuncs\.com(:\d+)?$/.test(host)) return ROUTES.ecs;
  return tencent(form.get('Version') ?? '', host);
}

function tencent(version: string, host: string): Route {
  const lighthouse = version === '2020-03-24' || (version !== '2017-03-12' && host.startsWith('lighthouse.'));
  return lighthouse ? ROUTES.lighthouse : ROUTES.cvm;
}
