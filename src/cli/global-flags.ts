import { t } from '../i18n/t.ts';
import type { OptionSpec } from './spec.ts';

/** The flags that every command takes, before or after its name. */
export const GLOBAL_FLAGS = [
  { flags: '-p, --provider <id>', summary: t`tencent, lighthouse, aliyun or qcloud` },
  { flags: '-r, --region <id>', summary: t`region of the provider` },
  {
    flags: '--profile <name>',
    summary: t`take the defaults of this profile (see keypair config)`,
    offers: 'profiles',
  },
  { flags: '--site <site>', summary: t`site of the account: cn or intl`, values: ['cn', 'intl'] },
  { flags: '--endpoint <url>', summary: t`call this https address instead` },
  { flags: '--sandbox', summary: t`use the local stand-in cloud: no account needed` },
  { flags: '--json', summary: t`print JSON` },
  { flags: '-q, --quiet', summary: t`print only the value that matters` },
  { flags: '--no-input', summary: t`never ask` },
  { flags: '-y, --yes', summary: t`answer yes to every question` },
  { flags: '--timeout <seconds>', summary: t`longest wait for one request (default: 30)` },
  { flags: '--no-color', summary: t`print without colour` },
  { flags: '--lang <language>', summary: t`language: en or zh-CN`, values: ['en', 'zh-CN'] },
  { flags: '--debug', summary: t`trace the wire on stderr, secrets taken out` },
] as const satisfies readonly OptionSpec[];
