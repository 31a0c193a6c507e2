/**
 * What is photographed by screenshot.js, a file for each `name`.
 *
 * - `args`: the command line; `title`: another one for the window (default: the command line).
 * - `before`: command lines that are run first, unseen, in the same home.
 * - `keys`: what to wait for on the screen, and what to type then. Null: type nothing, this is the picture.
 * - `columns`: the width of the terminal (default: 90).
 * - `env`: variables that are set besides the usual ones.
 */

/** The whole conversation of a bare `keypair`, up to its last question. */
const wizard = (/** @type {readonly string[]} */ [menu, provider, region, name, where, passphrase, go]) => [
  [menu, '\r'],
  [provider, '\r'],
  [region, 'shanghai\r'],
  [name, 'web_01\r'],
  [where, '\r'],
  [passphrase, '\r'],
  [go, null],
];

/** The questions of a `create`, up to a name that the service does not take. */
const questions = (/** @type {readonly string[]} */ [provider, region, name]) => [
  [provider, '\u001b[B\r'],
  [region, 'shanghai\r'],
  [name, 'my-key'],
  // The name that is proposed, in whatever words.
  ['my_key', null],
];

const CREATE = { args: ['create', '--sandbox', '--provider', 'tencent', '--name', 'foo'] };

const LIST = {
  columns: 120,
  before: [
    ['create', '--sandbox', '-p', 'tencent', '--name', 'web_01'],
    ['attach', '--sandbox', '-p', 'tencent', 'web_01', 'ins-sandbox3', '--yes', '--wait'],
    ['create', '--sandbox', '-p', 'tencent', '-r', 'ap-shanghai', '--name', 'db'],
    ['create', '--sandbox', '-p', 'lighthouse', '--name', 'blog', '--key-dir', 'elsewhere'],
    ['create', '--sandbox', '-p', 'aliyun', '-r', 'cn-shanghai', '--name', 'deploy', '--tag', 'env=prod'],
  ],
  args: ['list', '--sandbox', '-p', 'all', '-r', 'ap-guangzhou,ap-shanghai,cn-shanghai'],
};

const CHINESE = { env: { KEYPAIR_LANG: 'zh-CN' } };

export const SCENES = [
  { name: 'create', ...CREATE },
  { name: 'create.zh-CN', ...CREATE, ...CHINESE },
  {
    name: 'questions',
    args: ['create', '--sandbox'],
    keys: questions(['Where do you want a key pair?', 'Region (type to search):', 'Name of the key pair:']),
  },
  {
    name: 'questions.zh-CN',
    args: ['create', '--sandbox'],
    ...CHINESE,
    keys: questions(['使用哪个云服务？', '地域（输入文字可搜索）：', '密钥对名称：']),
  },
  {
    name: 'wizard',
    args: ['--sandbox'],
    keys: wizard([
      'What do you want to do?',
      'Where do you want a key pair?',
      'Region (type to search):',
      'Name of the key pair:',
      'Where shall the pair be made?',
      'Protect the private key with a passphrase (asked for at the end)?',
      'Go ahead?',
    ]),
  },
  {
    name: 'wizard.zh-CN',
    args: ['--sandbox'],
    ...CHINESE,
    keys: wizard([
      '你想做什么？',
      '使用哪个云服务？',
      '地域（输入文字可搜索）：',
      '密钥对名称：',
      '在哪里生成密钥对？',
      '要用口令保护私钥吗（最后输入）？',
      '开始执行？',
    ]),
  },
  { name: 'list', ...LIST },
  { name: 'list.zh-CN', ...LIST, ...CHINESE },
];
