import type { ErrorCode, Outcome } from '../errors.ts';

/** What a provider's error code means here, and what to do about it. */
export interface ErrorRow {
  readonly code: ErrorCode;
  /** One line: lower case, no full stop. */
  readonly hint: string;
  /** `unknown` where the service may have acted although it reports an error. Default `none`. */
  readonly outcome?: Outcome;
  /** The service did nothing, because there were too many requests: this one may be sent again later. */
  readonly throttled?: true;
}

/** Provider codes and what they mean. A row is for its code and for all that have it as prefix up to a dot. */
export type ErrorTable = Readonly<Record<string, ErrorRow>>;

/** Codes by which services refuse a region that the account does not have, or that is not theirs. */
const REGION_CODES =
  /^(UnsupportedRegion|InvalidRegion(Id)?(\..*)?|.*Region(Id)?\.?Not\w+|.*NotSupportedRegion)$/;

/** Whether a service's code says that there is no such region for this account. */
export function refusesRegion(providerCode: string): boolean {
  return REGION_CODES.test(providerCode);
}

/** The row for a code: its own, or that of its longest prefix (`AuthFailure.New` → `AuthFailure`), or null. */
export function findRow(table: ErrorTable, code: string): ErrorRow | null {
  for (let name = code; ; name = name.slice(0, name.lastIndexOf('.'))) {
    if (Object.hasOwn(table, name)) return table[name] ?? null;
    if (!name.includes('.')) return null;
  }
}
