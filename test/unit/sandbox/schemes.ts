import type { Account } from '../../../sandbox/accounts.ts';
import { verifyAcs3, verifyRpcV1 } from '../../../sandbox/signatures/aliyun-signatures.ts';
import type { VerificationRules, VerifiedSignature } from '../../../sandbox/signatures/verification.ts';
import { verifyTc3, verifyTencentV1 } from '../../../sandbox/signatures/tencent-signatures.ts';
import { parseForm, type Form, type RawRequest } from '../../../sandbox/wire.ts';

/** The four signature schemes. */
export type Scheme = 'tc3' | 'v1' | 'acs3' | 'rpc';

/** A request that must be accepted, and the world in which it must be. */
export interface Example {
  readonly title: string;
  readonly scheme: Scheme;
  readonly request: RawRequest;
  readonly id: string;
  readonly account: Account;
  readonly now: Date;
}

/** The parameters of a request that is signed by its parameters. */
export function formOf(request: RawRequest): Form {
  const post = request.method === 'POST' && request.body.length > 0;
  return parseForm(post ? request.body.toString() : request.query) ?? new Map();
}

/** Verifies an example, or a changed form of it, with its scheme. */
export function verify(example: Example): VerifiedSignature {
  const rules: VerificationRules = {
    accountFor: (id) => (id === example.id ? example.account : null),
    now: example.now,
    skewSeconds: example.scheme === 'acs3' || example.scheme === 'rpc' ? 900 : 300,
  };
  const { request } = example;
  switch (example.scheme) {
    case 'tc3':
      return verifyTc3(request, rules);
    case 'v1':
      return verifyTencentV1(request, formOf(request), rules);
    case 'acs3':
      return verifyAcs3(request, rules);
    case 'rpc':
      return verifyRpcV1(request, formOf(request), rules);
  }
}
