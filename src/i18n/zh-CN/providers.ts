import type { Entries } from '../t.ts';

/** The services: what they are and can do, their rules, their answers. */
export const PROVIDERS: Entries = [
  ['Tencent Cloud CVM', '腾讯云 CVM'],
  ['Tencent Cloud CVM (retired v2 gateway)', '腾讯云 CVM 旧版 v2 网关'],
  ['Tencent Cloud STS', '腾讯云 STS'],
  ['Tencent Lighthouse', '腾讯云轻量应用服务器'],
  ['Alibaba Cloud ECS', '阿里云 ECS'],
  ['Alibaba Cloud STS', '阿里云 STS'],

  ['no provider is called {0}', '没有名为 {0} 的云服务'],
  ['did you mean {0}?', '是不是想输入 {0}？'],
  ['the providers are {0}', '支持的云服务：{0}'],

  ['RSA keys only', '仅 RSA 密钥'],
  ['RSA, DSA and ECDSA keys; no Ed25519', 'RSA、DSA 和 ECDSA 密钥，不支持 Ed25519'],
  ['RSA, DSA and ECDSA keys, but no Ed25519', '支持 RSA、DSA 和 ECDSA 密钥，不支持 Ed25519'],
  ['while it is bound to no instance', '仅在未绑定任何实例时'],
  ['while it is bound to no instance or image', '仅在未绑定任何实例或镜像时'],
  ['when the pair is made', '创建密钥对时'],
  ['to Linux instances', '仅 Linux 实例'],
  ['to stopped Linux instances', '仅已关机的 Linux 实例'],
  ['to Linux instances; takes effect after a reboot', '仅 Linux 实例，重启后生效'],
  ['at most 60 characters, once the pair is made', '最多 60 个字符，在密钥对创建之后'],
  [
    'at most 60 characters, once the pair is made; not with --api-version v2',
    '最多 60 个字符，在密钥对创建之后；--api-version v2 不支持',
  ],
  ['not with --api-version v2', '--api-version v2 不支持'],

  [
    'the key that the instance has becomes invalid, and login by password is turned off',
    '实例原来绑定的密钥将失效，并禁用密码登录',
  ],
  [
    'afterwards only a password that was set before lets anybody in: without one, nobody can log in by SSH',
    '之后只能用事先设置的密码登录：未设置密码时，将无法使用 SSH 登录',
  ],
  [
    'a running instance must be stopped for it: --force-stop turns it off hard and on again',
    '运行中的实例须先关机：--force-stop 会强制关机后再开机',
  ],
  [
    'a running instance is stopped for it, by force, unless --online --user NAME is given; it goes on after the answer (--wait)',
    '运行中的实例会被强制关机，除非加上 --online --user NAME；收到响应后操作仍在进行（--wait 可等待完成）',
  ],
  [
    'the key replaces the one that the instance has, and login by password is turned off',
    '新密钥将替换实例现有的密钥，并禁用密码登录',
  ],
  ['afterwards only a password, once it is set, lets anybody in', '之后须先设置密码才能登录'],
  ['on a running instance it takes effect when it is rebooted', '运行中的实例重启后才生效'],
  [
    'qcloud is an old interface, which the vendor may stop: it recommends the provider tencent',
    'qcloud 是旧版接口，腾讯云可能停止提供：官方推荐使用 tencent',
  ],

  ['1 to 25 letters, digits and underscores', '1 到 25 个字母、数字和下划线'],
  [
    '2 to 128 letters, digits, colons, underscores and hyphens, beginning with a letter',
    '2 到 128 个字母、数字、冒号、下划线和连字符，以字母开头',
  ],
  ['at most 60 characters on one line', '单行，最多 60 个字符'],
  ["a tag's key has 1 to {0} characters", '标签键的长度为 1 到 {0} 个字符'],
  ["a tag's value has at most {0} characters", '标签值最多 {0} 个字符'],
  ['tag keys that begin with aliyun or acs: are reserved', '以 aliyun 或 acs: 开头的标签键为系统保留'],
  ['tag values that begin with acs: are reserved', '以 acs: 开头的标签值为系统保留'],
  ['a tag holds no http:// or https://', '标签中不能含有 http:// 或 https://'],
  [
    'tag keys that begin with qcs:, project or 项目 are reserved',
    '以 qcs:、project 或“项目”开头的标签键为系统保留',
  ],
  ["a tag's key", '标签键'],
  ["a tag's value", '标签值'],
  ['{0} has 1 to {1} characters', '{0} 的长度为 1 到 {1} 个字符'],
  ['{0} does not begin or end with a space', '{0} 不能以空格开头或结尾'],
  [
    '{0} has letters, digits, inner spaces and + - = . _ : / @ ( ) [ ] , ; > <',
    '{0} 只能含字母、数字、中间的空格和 + - = . _ : / @ ( ) [ ] , ; > <',
  ],
  [
    'a region is letters, digits and hyphens, such as cn-hangzhou',
    '地域由字母、数字和连字符组成，例如 cn-hangzhou',
  ],

  ['{0} refused {1}', '{0} 拒绝了 {1}'],
  ['{0} refused {1}: {2}', '{0} 拒绝了 {1}：{2}'],
  ['look the code up at {0}', '错误码说明见 {0}'],
  ['an empty answer', '空响应'],
  ['a web page', '一个网页'],
  ['an answer that cannot be read', '无法解析的响应'],
  ["{0} (HTTP {1}) came for {2} instead of {3}'s", '{2} 收到的不是 {3} 的响应，而是 {0}（HTTP {1}）'],
  ['{0} answered {1} {2}', '{0} 对 {1} 的响应无法使用：{2}'],
  ['without a request id', '没有请求 ID'],
  ['without a private key', '没有私钥'],
  ['without a code', '没有返回码'],
  ['without the name of the key pair', '没有密钥对的名称'],
  ['without the id of the key pair', '没有密钥对的 ID'],
  ['without a list of key pairs', '没有密钥对列表'],
  ['without a list of instances', '没有实例列表'],
  ['without a word on {0}', '没有 {0} 的信息'],
  ['without a word on the single key pairs', '没有各个密钥对的信息'],
  ['with an error that has no code', '返回的错误没有错误码'],
  ['tags were removed, and none were set: {0}', '已删除标签，但没有设置新标签：{0}'],
  ['{0} goes by ids, and has told none for {1}', '{0} 按 ID 识别密钥对，但没有返回 {1} 的 ID'],
  ['the list does not end: {0} pages have been read', '列表没有尽头：已读取 {0} 页'],
];
