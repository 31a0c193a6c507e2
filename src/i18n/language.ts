import { isEarlyFlagSet } from '../env.ts';
import { setCatalog } from './t.ts';

/** The languages of this program's texts. */
export const LANGUAGES = ['en', 'zh-CN'] as const;

/** One of {@link LANGUAGES}. */
export type Language = (typeof LANGUAGES)[number];

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The user's language: `--lang`, else KEYPAIR_LANG, else the locale (POSIX: the first of LC_ALL, LC_MESSAGES and LANG
 * that is set). It is read before the command line is parsed, because help and errors need it. An invalid value is
 * reported later, with all other flags, and means English until then.
 *
 * @param args without the interpreter and the script.
 */
export function languageOf(args: readonly string[], env: Env): Language {
  // Output for scripts is English in every locale, including the error messages in JSON.
  if (isEarlyFlagSet(args, env, 'json')) return 'en';
  const named = flagValue(flagsOf(args)) ?? env['KEYPAIR_LANG'];
  if (named !== undefined && named !== '') return named === 'zh-CN' ? 'zh-CN' : 'en';
  const locale = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].find((value) => value !== undefined && value !== '');
  return locale === undefined ? 'en' : ofLocale(locale);
}

/** Sets the language of this run's texts; a catalog is loaded only if needed. */
export async function useLanguage(language: Language): Promise<void> {
  if (language === 'en') return;
  const { default: catalog } = await import('./zh-CN.json', { with: { type: 'json' } });
  setCatalog(catalog, language);
}

/**
 * The language of a locale: `zh_CN.UTF-8`, `zh-Hans`, `zh` are Chinese. Another character set means English: the
 * terminal would print garbage.
 */
function ofLocale(locale: string): Language {
  const [, language, charset = 'utf8'] = /^([a-z]{2,3})(?:[_-][A-Za-z_-]*)?(?:\.([\w-]+))?(?:@.*)?$/.exec(locale) ?? [];
  return language === 'zh' && /^utf-?8$/i.test(charset) ? 'zh-CN' : 'en';
}

function flagsOf(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end === -1 ? args : args.slice(0, end);
}

function flagValue(args: readonly string[]): string | undefined {
  for (const [index, arg] of args.entries()) {
    if (arg === '--lang') return args[index + 1];
    if (arg.startsWith('--lang=')) return arg.slice('--lang='.length);
  }
  return undefined;
}
