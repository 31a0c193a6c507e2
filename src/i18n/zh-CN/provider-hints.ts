import type { Entries } from '../t.ts';

/** What to do about the errors of the services. */
export const PROVIDER_HINTS: Entries = [
  [
    'choose a --name that the service takes: "keypair providers" shows the rule',
    '请换一个符合规则的 --name：规则见 keypair providers',
  ],
  [
    'choose another --name, or see what is there with: keypair list {place}',
    '请换一个 --name，或查看已有的密钥对：keypair list {place}',
  ],
  [
    'delete unused key pairs, or ask the vendor for a higher quota; see them with: keypair list {place}',
    '请删除不用的密钥对，或向云厂商申请提高配额；查看已有的密钥对：keypair list {place}',
  ],
  [
    'check --tag: a key is missing, used twice, reserved by the vendor or too long',
    '请检查 --tag：标签键缺失、重复、为系统保留或过长',
  ],
  [
    "use fewer --tag, or remove unused tags in the vendor's console",
    '请减少 --tag，或在控制台删除不用的标签',
  ],
  [
    'check --project: 0 is the default project, the console lists the others',
    '请检查 --project：0 为默认项目，其他项目见控制台',
  ],
  [
    'check --resource-group, or leave it out for the default group',
    '请检查 --resource-group；不指定时使用默认资源组',
  ],
  [
    'check --region: "keypair regions" lists what the vendor documents',
    '请检查 --region：官方文档中的地域见 keypair regions',
  ],
  [
    'check --name, --region and what else was given for this command',
    '请检查 --name、--region 以及此命令的其他参数',
  ],
  [
    'shorten --description: "keypair providers --json" shows the rule',
    '请缩短 --description：规则见 keypair providers --json',
  ],
  [
    "check the instance ids: the vendor's console lists those of this region",
    '请检查实例 ID：该地域的实例见控制台',
  ],
  ['key pairs are for Linux instances: leave the others out', '密钥对只用于 Linux 实例：请去掉其他实例'],
  ['stop the instance first, or give --force-stop', '请先将实例关机，或加上 --force-stop'],
  [
    'the instance is in no state for this: look at it in the console, and try again when it runs or is stopped',
    '实例当前的状态不支持此操作：请在控制台查看，待其运行或关机后重试',
  ],
  ['start the instance first: it is stopped without being charged', '请先将实例开机：它处于关机不收费状态'],
  [
    "the instance cannot have key pairs: look at it in the vendor's console",
    '该实例不支持密钥对：请在控制台查看',
  ],
  [
    'only stopped Linux instances take it: stop the instance first, or use the provider tencent with --force-stop',
    '只能用于已关机的 Linux 实例：请先将实例关机，或改用 tencent 并加上 --force-stop',
  ],
  ['it is bound already: there is nothing to do', '已绑定：无需操作'],
  ['it is not bound to that instance', '未绑定到该实例'],
  [
    'check --user: the key is bound for another user of the instance',
    '请检查 --user：密钥绑定的是实例上的另一个用户',
  ],
  ['see what is there with: keypair list {place}', '查看已有的密钥对：keypair list {place}'],
  [
    'give a public key in OpenSSH form: "ssh-rsa AAAA… comment"',
    '请给出 OpenSSH 格式的公钥，形如 ssh-rsa AAAA… comment',
  ],
  [
    'this public key is there already; see it with: keypair list {place}',
    '云端已有此公钥；查看：keypair list {place}',
  ],
  ['detach the key pair from its instances and images first', '请先将密钥对与实例和镜像解绑'],
  ['something else is under way: wait for it to end and try again', '有其他操作正在进行：请等它结束后重试'],
  [
    "check the key id: it may be mistyped, deleted or disabled, or belong to the vendor's other site (--site)",
    '请检查 SecretId 或 AccessKeyId：可能输入有误、已删除、已禁用，或属于另一站点（--site）',
  ],
  [
    'check the secret key: it does not belong to this key id, or was cut when it was copied',
    '请检查 SecretKey 或 AccessKeySecret：与 ID 不匹配，或复制时不完整',
  ],
  [
    'get fresh temporary credentials: their token is wrong or has expired',
    '请重新获取临时凭证：令牌不正确或已过期',
  ],
  [
    "this machine's clock is off, and requests are taken only for a few minutes after they are signed: keypair doctor says by how much",
    '本机时钟不准，而请求只在签名后几分钟内有效：用 keypair doctor 查看相差多少',
  ],
  [
    "verify with your second factor in the vendor's console, then try again",
    '请先在控制台完成 MFA 验证，然后重试',
  ],
  [
    "ask the account's owner for the permission on key pairs that this request needs",
    '请向账号管理员申请此请求所需的密钥对权限',
  ],
  [
    'the account restricts from which IP addresses its keys may be used: add this one',
    '该账号限制了可使用访问密钥的 IP 地址：请将本机的 IP 地址加入',
  ],
  ['wait a moment and try again: too many requests at once', '请求过于频繁：请稍后重试'],
  [
    'try again in a moment; if it stays, give the vendor the request id',
    '请稍后重试；若仍然失败，请向云厂商提供请求 ID',
  ],
  [
    'this program may be older than the service: look for a newer release',
    '本程序可能过旧，与云服务不匹配：请查看是否有新版本',
  ],
  [
    'this is a fault of keypair: please report it with the request id',
    '这是 keypair 的缺陷：请附上请求 ID 反馈',
  ],
  [
    'look before trying again: something on the way to the service repeats requests',
    '重试前请先查看结果：请求途中有设备重复发送了请求',
  ],
  ["check the account's balance and orders in the vendor's console", '请在控制台检查账号余额和订单'],
  [
    "the account may not use this service: open it in the vendor's console, which says why",
    '该账号不能使用此服务：请在控制台打开该服务以查看原因',
  ],
  [
    "something else answered in the service's place: a sign-in page, a proxy, or a wrong --endpoint",
    '响应并非来自云服务：可能是网络登录页、代理，或 --endpoint 有误',
  ],
  [
    "check the role's ARN: the vendor's console shows it with the role",
    '请检查角色的 ARN：可在控制台的角色页面查看',
  ],
  [
    "two things must allow it: a permission sts:AssumeRole of the credentials, and the role's own trust policy",
    '需同时满足：凭证拥有 sts:AssumeRole 权限，且角色的信任策略允许',
  ],
  [
    'check the session name, the external id and how long the session is to last',
    '请检查会话名、外部 ID 和会话时长',
  ],
  [
    'check the session policy: its grammar, its length, and that it grants no more than the role has',
    '请检查会话策略：语法、长度，以及授权不超过角色本身',
  ],
  [
    'the token in the file is not good (any more): see to it that whoever writes the file renews it',
    '文件中的令牌无效或已过期：请确认写入该文件的程序会更新它',
  ],
];
