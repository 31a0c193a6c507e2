import { describe, expect, it } from 'vitest';
import { languageOf } from '../../../src/i18n/language.ts';
import { setCatalog, t } from '../../../src/i18n/t.ts';

describe('the language', () => {
  it.each([
    [[], {}, 'en'],
    [[], { LANG: 'zh_CN.UTF-8' }, 'zh-CN'],
    [[], { LANG: 'zh_CN.utf8' }, 'zh-CN'],
    [[], { LANG: 'zh_SG' }, 'zh-CN'],
    [[], { LANG: 'zh' }, 'zh-CN'],
    [[], { LANG: 'zh-Hans-CN' }, 'zh-CN'],
    [[], { LANG: 'zh_CN.GBK' }, 'en'],
    [[], { LANG: 'zh_CN.UTF-8@cjknarrow' }, 'zh-CN'],
    [[], { LANG: 'C.UTF-8' }, 'en'],
    [[], { LANG: 'de_DE.UTF-8' }, 'en'],
    [[], { LANG: '\u001b[31m' }, 'en'],
    [[], { LANG: 'zh_CN.UTF-8', LC_ALL: 'C' }, 'en'],
    [[], { LANG: 'zh_CN.UTF-8', LC_ALL: '' }, 'zh-CN'],
    [[], { LANG: 'en_US.UTF-8', LC_MESSAGES: 'zh_CN.UTF-8' }, 'zh-CN'],
    [[], { LANG: 'zh_CN.UTF-8', KEYPAIR_LANG: 'en' }, 'en'],
    [[], { KEYPAIR_LANG: 'zh-CN' }, 'zh-CN'],
    [[], { KEYPAIR_LANG: '', LANG: 'zh_CN.UTF-8' }, 'zh-CN'],
    [['list', '--lang', 'zh-CN'], {}, 'zh-CN'],
    [['--lang=zh-CN', 'list'], {}, 'zh-CN'],
    [['--lang=en', 'list'], { KEYPAIR_LANG: 'zh-CN' }, 'en'],
    [['list', '--', '--lang=zh-CN'], {}, 'en'],
    [['list', '--lang'], {}, 'en'],
    [['list', '--lang', 'zh-CN', '--json'], {}, 'en'],
    [['list'], { LANG: 'zh_CN.UTF-8', KEYPAIR_JSON: '1' }, 'en'],
    [['list'], { LANG: 'zh_CN.UTF-8', KEYPAIR_JSON: '0' }, 'zh-CN'],
  ])('of %j with %j is %s', (args, env, language) => {
    expect(languageOf(args, env)).toBe(language);
  });
});

describe('a text', () => {
  it('is English without a catalog, and in the language of one', () => {
    expect(t`${'foo'} is in ${2} regions`).toBe('foo is in 2 regions');
    setCatalog({ '{0} is in {1} regions': '{1} 个地域中有 {0}' });
    expect(t`${'foo'} is in ${2} regions`).toBe('2 个地域中有 foo');
    expect(t`nothing of the kind`).toBe('nothing of the kind');
    setCatalog({});
  });

  it('takes values as they are, whatever they look like', () => {
    setCatalog({ '{0} and {1}': '{0} 和 {1}' });
    expect(t`${'{1}'} and ${'$&'}`).toBe('{1} 和 $&');
    setCatalog({});
  });
});
