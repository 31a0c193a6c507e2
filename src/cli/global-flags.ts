import type { OptionSpec } from './spec.ts';

/** The flags that every command takes, before or after its name. */
export const GLOBAL_FLAGS: readonly OptionSpec[] = [
  { flags: '-p, --provider <id>', summary: 'tencent, lighthouse, aliyun or qcloud' },
  { flags: '-r, --region <id>', summary: 'region of the provider' },
  {
    flags: '--profile <name>',
    summary: 'take the defaults of this profile (see keypair config)',
    offers: 'profiles',
  },
  { flags: '--site <site>', summary: 'site of the account: cn or intl', values: ['cn', 'intl'] },
  { flags: '--endpoint <url>', summary: 'call this https address instead' },
  { flags: '--sandbox', summary: 'use the local stand-in cloud: no account needed' },
  { flags: '--json', summary: 'print JSON' },
  { flags: '-q, --quiet', summary: 'print only the value that matters' },
  { flags: '--no-input', summary: 'never ask' },
  { flags: '-y, --yes', summary: 'answer yes to every question' },
  { flags: '--timeout <seconds>', summary: 'longest wait for one request (default: 30)' },
  { flags: '--no-color', summary: 'print without colour' },
  { flags: '--lang <language>', summary: 'language: en or zh-CN', values: ['en', 'zh-CN'] },
  { flags: '--debug', summary: 'trace the wire on stderr, secrets taken out' },
];
