import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alibabaIniEntry, aliyunEntry, aliyunRegion } from '../../src/credentials/vendors/aliyun-files.ts';
import type { Entry } from '../../src/credentials/vendor.ts';
import { iniSection } from '../../src/credentials/vendor-file.ts';
import { tccliEntry, tccliRegion, tencentIniEntry } from '../../src/credentials/vendors/tencent-files.ts';
import { KeypairError } from '../../src/errors.ts';

/** Stands in every text, as what must never be seen. */
const PLANTED = 'hush0hush';

/** Every reader of a vendor's file, by what it is called in a failure. */
const READERS: Readonly<Record<string, (text: string) => Entry | string | null | Promise<Entry | string | null>>> = {
  tccliEntry,
  tccliRegion,
  aliyunEntry: (text) => aliyunEntry(text, null).entry,
  aliyunRegion: (text) => aliyunRegion(text, null).region,
  tencentIni: async (text) => {
    const section = await iniSection(text, 'default');
    return section === null ? null : tencentIniEntry(section);
  },
  alibabaIni: async (text) => {
    const section = await iniSection(text, 'default');
    return section === null ? null : alibabaIniEntry(section);
  },
};

/** What people could get to see of a text, or of its refusal; whatever else is thrown fails the test. */
async function seen(read: (typeof READERS)[string], text: string): Promise<string> {
  try {
    const entry = await read(text);
    // A region, a session's name or an id is shown as it stands; what cannot be used is explained.
    return typeof entry === 'object' && entry?.kind === 'unusable' ? entry.why : '';
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    expect(error.cause).toBeUndefined();
    return [error.message, ...error.hints].join('\n');
  }
}

const FIELDS = [
  'secretId', 'secretKey', 'token', 'type', 'expiresAt', 'role-arn', '_sys_param', 'region', '__proto__', 'constructor',
  'mode', 'access_key_id', 'access_key_secret', 'sts_token', 'sts_expiration', 'ram_role_arn', 'ram_role_name',
  'expired_seconds', 'sts_endpoint', 'oidc_token_file', 'secret_id', 'secret_key', 'role_arn', 'policy',
]; // prettier-ignore
const KINDS = ['oauth', 'sso', 'AK', 'StsToken', 'RamRoleArn', 'OIDC', 'OAuth', 'access_key', 'ram_role_arn', 'x'];

const value = fc.oneof(
  fc.constantFrom(PLANTED, `${PLANTED}\n`, `\u001b[2J${PLANTED}`, '', 0, -1, 1.5, 1e300, null, true, 1_800_000_000),
  fc.constantFrom(...KINDS),
  fc.array(fc.constant(PLANTED), { maxLength: 2 }),
  fc.dictionary(fc.constantFrom(...FIELDS), fc.constant(PLANTED)),
);
const fields = fc.dictionary(fc.constantFrom(...FIELDS), value);
const config = fc.record(
  {
    current: fc.constantFrom('a', 'b', 7),
    profiles: fc.oneof(
      value,
      fc.array(
        fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('a', 'b', 'c'), fields).map(([name, source, rest]) => ({
          ...rest,
          name,
          ...(source === 'c' ? {} : { mode: 'ChainableRamRoleArn', source_profile: source }),
        })),
      ),
    ),
  },
  { requiredKeys: [] },
);
/** A JSON text with one character changed or cut. */
const damaged = fc
  .tuple(fc.oneof(fields, config), fc.nat(), fc.constantFrom('', '"', '{', ']', ',', '\\', '\n', 'x', '\u0000'))
  .map(([object, at, by]) => {
    const text = JSON.stringify(object, null, 2);
    return text.slice(0, at % text.length) + by + text.slice((at % text.length) + 1);
  });
const ini = fc
  .array(
    fc.oneof(
      fc.constantFrom('[default]', '[__proto__]', '[a.b]', '[default.x]', '[default', 'a = null', '; x', PLANTED),
      fc
        .tuple(fc.constantFrom(...FIELDS), fc.constantFrom(PLANTED, `"${PLANTED}`, 'true', ...KINDS))
        .map((pair) => pair.join(' = ')),
    ),
  )
  .map((lines) => lines.join('\n'));
const text = fc.oneof(
  fields.map((object) => JSON.stringify(object)),
  config.map((object) => JSON.stringify(object)),
  damaged,
  ini,
  fc.string({ unit: 'binary' }).map((rest) => rest + PLANTED),
);

describe('readers of vendors’ credentials files', () => {
  it.each(Object.entries(READERS))('%s throws nothing but KeypairError, and tells no secret', async (_, read) => {
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        expect(await seen(read, content)).not.toContain(PLANTED);
      }),
      { numRuns: 400 },
    );
  });

  it('takes each well-formed key as it stands', () => {
    const line = fc.stringMatching(/^[!-~]([ -~]{0,60}[!-~])?$/);
    fc.assert(
      fc.property(line, line, (secretId, secretKey) => {
        const entry = tccliEntry(JSON.stringify({ secretId, secretKey }));
        expect(entry?.kind === 'pair' && [entry.id, entry.secret.reveal()]).toEqual([secretId, secretKey]);
      }),
    );
  });

  it('stops at a depth that no file has', async () => {
    const deep = '['.repeat(200_000);
    for (const read of Object.values(READERS)) expect(await seen(read, `{"a":${deep}`)).not.toContain('[[');
  });
});
